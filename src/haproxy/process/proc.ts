import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';

/** A process that cannot be mistaken for a later one with the same pid: `start` is in clock ticks since boot (proc(5), stat field 22). */
export interface Process {
  readonly pid: number;
  readonly start: number;
}

/** Clock ticks a second that /proc counts in: USER_HZ, 100 on every Linux that Node runs on. */
const ticks = 100;

/** The process with this pid; null when there is none, when it is a zombie, or when /proc does not show it. */
export async function processOf(pid: number): Promise<Process | null> {
  const fields = await statOf(pid);
  const start = Number(fields[19]);
  return fields[0] === 'Z' || !Number.isInteger(start) ? null : { pid, start };
}

/** The children of a process that bear its own name: of a HAProxy master its workers, old and new, and not its programs. Oldest first. */
export async function workersOf(master: number): Promise<readonly Process[]> {
  const [children, name] = await Promise.all([readFile(`/proc/${master}/task/${master}/children`, 'utf8').catch(() => ''), nameOf(master)]);
  const pids = children.split(' ').filter((text) => text !== '');
  const found = await Promise.all(pids.map(async (text) => ((await nameOf(Number(text))) === name ? processOf(Number(text)) : null)));
  return found.filter((child) => child !== null).sort((a, b) => a.start - b.start || a.pid - b.pid);
}

/** The master of a worker: its parent, where that bears the same name; null otherwise. */
export async function masterOf(worker: number): Promise<number | null> {
  const parent = Number((await statOf(worker))[1]);
  if (!(parent > 1)) return null;
  const [own, other] = await Promise.all([nameOf(worker), nameOf(parent)]);
  return own !== '' && own === other ? parent : null;
}

/** When a process started, in milliseconds since 1970 as the wall clock has it now; exact to 10 ms. */
export async function startedAt({ start }: Process): Promise<number> {
  const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  return Date.now() - uptime * 1000 + (start / ticks) * 1000;
}

/** Names this boot of the machine: pids and ticks of another one mean nothing. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/** How often a master was told to reload, and how many of those failed since the last good one. */
export interface ReloadCounts {
  readonly reloads: number;
  readonly failed: number;
}

/**
 * The counts of a master from the environment it gave itself when it executed itself anew (its `HAPROXY_PROCESSES`); null
 * where that cannot be read (another user's process) or does not say.
 */
export async function reloadCounts(master: number): Promise<ReloadCounts | null> {
  const environment = await readFile(`/proc/${master}/environ`, 'utf8').catch(() => '');
  const own = /HAPROXY_PROCESSES=[^\0]*\|type=m;[^|\0]*\breloads=(\d+);failedreloads=(\d+)/.exec(environment);
  if (own === null) return null;
  // The count of failures is from before this reload, unless the master executed itself once more, only to wait.
  const waits = /(?:^|\0)HAPROXY_MWORKER_WAIT_ONLY=1/.test(environment);
  return { reloads: Number(own[1]), failed: waits ? Number(own[2]) : 0 };
}

/**
 * Whether a master handles SIGUSR2 (proc(5), `SigCgt` of status); true where /proc does not tell. While it executes itself anew,
 * as it does at each reload and once more after a failed one, it ignores the signal: a reload that is asked for then is lost.
 */
export async function handlesReloadSignal(master: number): Promise<boolean> {
  const status = await readFile(`/proc/${master}/status`, 'utf8').catch(() => '');
  const caught = /^SigCgt:\s*([0-9a-f]{1,32})$/m.exec(status)?.[1];
  return caught === undefined || ((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) === 1n;
}

/** The fields of proc(5)'s stat behind the name, state first; none where it cannot be read. */
async function statOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name stands in parentheses and may hold anything, spaces and parentheses too.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
}
