import { readFile, readlink } from 'node:fs/promises';
import { constants } from 'node:os';
import { basename } from 'node:path';

/** A process that cannot be mistaken for a later one with the same pid: `start` is in clock ticks since boot (proc(5), stat field 22). */
export interface Process {
  readonly pid: number;
  readonly start: number;
}

/** The clock ticks per second of /proc: USER_HZ, 100 on every Linux that Node runs on. */
const ticks = 100;

/** The process with this pid; null when there is none, when it is a zombie, or when /proc does not show it. */
export async function processOf(pid: number): Promise<Process | null> {
  const fields = await statOf(pid);
  const start = Number(fields[19]);
  return fields[0] === 'Z' || !Number.isInteger(start) ? null : { pid, start };
}

/** The children of a process that have the same name: those of a HAProxy master are its workers, old and new, but not its programs. Oldest first. */
export async function workersOf(master: number): Promise<readonly Process[]> {
  const [children, name] = await Promise.all([readFile(`/proc/${master}/task/${master}/children`, 'utf8').catch(() => ''), nameOf(master)]);
  const pids = children.split(' ').filter((text) => text !== '');
  const found = await Promise.all(pids.map(async (text) => ((await nameOf(Number(text))) === name ? processOf(Number(text)) : null)));
  return found.filter((child) => child !== null).sort((a, b) => a.start - b.start || a.pid - b.pid);
}

/** The master of a worker: its parent if that has the same name; null otherwise. */
export async function masterOf(worker: number): Promise<number | null> {
  const parent = Number((await statOf(worker))[1]);
  if (!(parent > 1)) return null;
  const [own, other] = await Promise.all([nameOf(worker), nameOf(parent)]);
  return own !== '' && own === other ? parent : null;
}

/** The start time of a process, in milliseconds since 1970 by the current wall clock; exact to 10 ms. */
export async function startedAt({ start }: Process): Promise<number> {
  const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  return Date.now() - uptime * 1000 + (start / ticks) * 1000;
}

/** The id of this boot of the machine, outside of which pids and ticks are meaningless. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/** The number of reloads requested from a master, and of failures since the last good one. */
export interface ReloadCounts {
  readonly reloads: number;
  readonly failed: number;
}

/**
 * The counts of a master, from the environment that it set when it re-executed itself (`HAPROXY_PROCESSES`); null where
 * that cannot be read (another user's process) or has no counts.
 */
export async function reloadCounts(master: number): Promise<ReloadCounts | null> {
  const environment = await readFile(`/proc/${master}/environ`, 'utf8').catch(() => '');
  const own = /HAPROXY_PROCESSES=[^\0]*\|type=m;[^|\0]*\breloads=(\d+);failedreloads=(\d+)/.exec(environment);
  if (own === null) return null;
  // The count of failures is from before this reload, unless the master re-executed itself once more only to wait.
  const waits = /(?:^|\0)HAPROXY_MWORKER_WAIT_ONLY=1/.test(environment);
  return { reloads: Number(own[1]), failed: waits ? Number(own[2]) : 0 };
}

/**
 * Whether a process handles SIGUSR2 (proc(5), `SigCgt` of status); null where /proc does not show it. While a master re-executes
 * itself, as it does at each reload and once more after a failed one, it ignores the signal, and a reload that is requested
 * then is lost.
 */
export async function handlesReloadSignal(pid: number): Promise<boolean | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const handled = /^SigCgt:\s*([0-9a-f]{1,32})$/m.exec(status)?.[1];
  return handled === undefined ? null : ((BigInt(`0x${handled}`) >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) === 1n;
}

/** The program that a process runs. */
export interface Program {
  /** Name of the executable, at most 15 characters (proc(5), comm). */
  readonly name: string;
  /** Other possible names of the executable, where it was started through a dynamic loader or is a link. */
  readonly others: readonly string[];
}

/** The program of a process; null when there is no such process, or when /proc does not show it. */
export async function programOf(pid: number): Promise<Program | null> {
  const name = await nameOf(pid);
  if (name === '') return null;
  const [link, commandLine] = await Promise.all([
    readlink(`/proc/${pid}/exe`).catch(() => ''),
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  ]);
  const executable = basename(link.replace(/ \(deleted\)$/, ''));
  // `ld-linux-x86-64.so.2 --library-path FOLDER PROGRAM ...` (ld.so(8)).
  const words = /^ld[-.]/.test(executable) || /^ld[-.]/.test(name) ? commandLine.split('\0') : [];
  return { name, others: [executable, ...words.map((word) => basename(word))] };
}

/** Whether a program is the binary, or is named haproxy where the binary is a script or a link. */
export function isProgram({ name, others }: Program, binary: string): boolean {
  const names = [basename(binary), 'haproxy'];
  return names.some((one) => name === one.slice(0, 15) || others.includes(one));
}

/** The fields of proc(5)'s stat after the name, state first; none where it cannot be read. */
async function statOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name is in parentheses and may contain anything, even spaces and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
}
