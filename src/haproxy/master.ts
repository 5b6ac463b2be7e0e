import type { ReloadCounts } from './processes.ts';

/** What `show proc` of the master's socket says (HAProxy management guide 9.4). */
export interface Processes {
  readonly master: number;
  /** Null before 2.5. */
  readonly counts: ReloadCounts | null;
  /** Pids of the workers that take new connections. */
  readonly workers: readonly number[];
}

/**
 * Reads `show proc`. Columns differ between versions: 2.3 has a relative pid between type and reloads, 2.5 brought `[failed: n]`.
 * Null when the text is something else.
 */
export function parseProcesses(text: string): Processes | null {
  let master: { pid: number; counts: ReloadCounts | null } | null = null;
  let section: 'master' | 'workers' | 'other' = 'master';
  const workers: number[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) section = line === '# workers' ? 'workers' : 'other';
    const row = /^(\d+)\s+(master|worker)\b(.*)$/.exec(line);
    if (row === null) continue;
    const [, pid, type, rest = ''] = row;
    if (type === 'master') {
      const counts = /^\s+(\d+) \[failed: (\d+)\]/.exec(rest);
      master = { pid: Number(pid), counts: counts === null ? null : { reloads: Number(counts[1]), failed: Number(counts[2]) } };
    } else if (section === 'workers') workers.push(Number(pid));
  }
  return master === null ? null : { master: master.pid, counts: master.counts, workers };
}

/** What the master said to `reload`: since 2.7 `Success=1` or `Success=0`, then its log; before it hangs up without a word. */
export interface ReloadReply {
  readonly success: boolean | null;
  /** HAProxy's own lines about it. */
  readonly lines: readonly string[];
}

/** Reads the reply to `reload`. */
export function parseReloadReply(text: string): ReloadReply {
  const said = /^Success=([01])$/m.exec(text)?.[1];
  if (said === undefined) return { success: null, lines: [] };
  const lines = text
    .split('\n')
    .filter((line) => /^\[(ALERT|WARNING)\]/.test(line))
    .slice(0, 20);
  return { success: said === '1', lines };
}
