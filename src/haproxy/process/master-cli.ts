import type { ReloadCounts } from './proc.ts';

/** The reply of the master's socket to `show proc` (HAProxy management guide 9.4). */
export interface Processes {
  readonly master: number;
  /** Null before 2.5. */
  readonly counts: ReloadCounts | null;
  /** Pids of the workers that take new connections. From 3.1 on, one that is still reading its files is among them. */
  readonly workers: readonly number[];
}

/**
 * Reads `show proc`. Columns differ between versions: 2.3 has a relative pid between type and reloads, 2.5 brought `[failed: n]`.
 * Before 2.5 and from 3.1 on, the worker that continues after a failed reload is listed with the old ones: it is the one with the
 * fewest reloads. Null when the text is something else.
 */
export function parseProcesses(text: string): Processes | null {
  let master: { pid: number; counts: ReloadCounts | null } | null = null;
  let section: 'master' | 'workers' | 'old' | 'other' = 'master';
  const workers: number[] = [];
  const old: { readonly pid: number; readonly reloads: number }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) section = sections[line] ?? 'other';
    const row = /^(\d+)\s+(master|worker)\b(.*)$/.exec(line);
    if (row === null) continue;
    const [, pid, type, rest = ''] = row;
    if (type === 'master') {
      const counts = /^\s+(\d+) \[failed: (\d+)\]/.exec(rest);
      master = { pid: Number(pid), counts: counts === null ? null : { reloads: Number(counts[1]), failed: Number(counts[2]) } };
    } else if (section === 'workers') workers.push(Number(pid));
    else if (section === 'old') old.push({ pid: Number(pid), reloads: Number(/^\s+(?:\[was: \d+\]\s+)?(\d+)/.exec(rest)?.[1] ?? 0) });
  }
  if (master === null) return null;
  const survivor = workers.length === 0 && master.counts?.failed !== 0 ? old.sort((a, b) => a.reloads - b.reloads).slice(0, 1) : [];
  return { master: master.pid, counts: master.counts, workers: [...workers, ...survivor.map(({ pid }) => pid)] };
}

const sections: Readonly<Record<string, 'workers' | 'old'>> = { '# workers': 'workers', '# old workers': 'old' };

/**
 * The reply of the master to `reload`: since 2.7 `Success=1` or `Success=0`, then its log. Before 2.7 it closes the connection
 * without a reply.
 */
export interface ReloadReply {
  readonly success: boolean | null;
  /** Whether nothing was done because an earlier reload has not finished (from 3.1 on). */
  readonly busy: boolean;
  /** HAProxy's messages about it. */
  readonly lines: readonly string[];
}

/** Reads the reply to `reload`. */
export function parseReloadReply(text: string): ReloadReply {
  const said = /^Success=([01])$/m.exec(text)?.[1];
  if (said === undefined) return { success: null, busy: false, lines: [] };
  const lines = text
    .split('\n')
    .filter((line) => /^\[(ALERT|WARNING)\]/.test(line))
    .slice(0, 20);
  return { success: said === '1', busy: said === '0' && /^Another reload is still in progress/m.test(text), lines };
}
