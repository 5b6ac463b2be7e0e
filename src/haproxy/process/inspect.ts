import type { HaproxyConfig } from '../../config/config.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { exec } from '../../system/exec.ts';
import type { Env } from '../../system/process.ts';
import { readFileBounded } from '../../system/read-file.ts';
import { parseProcesses } from './master-cli.ts';
import { isProgram, masterOf, type Process, processOf, programOf, type ReloadCounts, reloadCounts, workersOf } from './proc.ts';
import { sendCommand } from './runtime-api.ts';
import { queryWorkerPid } from './stats-socket.ts';

/** The state of the running HAProxy. */
export type HaproxyState =
  | {
      readonly kind: 'running';
      /** Pid of the master; null where only a worker can be found. */
      readonly master: number | null;
      /** The worker that takes new connections. Its `start` is 0 where /proc does not show it. */
      readonly worker: Process;
      readonly counts: ReloadCounts | null;
    }
  | { readonly kind: 'absent'; readonly problem: Problem }
  /** Its worker is alive but cannot be reached, because a socket or a pid file is gone. */
  | { readonly kind: 'unreachable'; readonly worker: Process; readonly problem: Problem }
  /** It cannot be searched for: `reload: none`, or a command without a stats socket. */
  | { readonly kind: 'unseen' };

/** Milliseconds for an answer of a socket or of systemctl. */
const timeout = 5_000;

/** The largest pid file, in bytes. */
const maxPidfileBytes = 4_096;

/** Finds the running HAProxy through its method of reload. Throws only the signal's reason. */
export async function inspect(
  { reload, socket, binary }: Pick<HaproxyConfig, 'reload' | 'socket' | 'binary'>,
  env: Env,
  signal: AbortSignal,
): Promise<HaproxyState> {
  signal.throwIfAborted();
  switch (reload.kind) {
    case 'master':
      return byMasterSocket(reload.socket, signal);
    case 'pidfile':
      return byPidfile(reload.file, binary);
    case 'systemd':
      return byUnit(reload.unit, env, signal);
    case 'command':
    case 'none':
      return socket === null || reload.kind === 'none' ? { kind: 'unseen' } : byStatsSocket(socket, signal);
    default:
      return reload satisfies never;
  }
}

/** Whether /proc shows that another inspection would find the same. It is cheap enough for every second; false may be wrong. */
export async function isUnchanged(state: HaproxyState): Promise<boolean> {
  if (state.kind !== 'running' || state.master === null || state.worker.start === 0) return false;
  const newest = (await workersOf(state.master)).at(-1);
  return newest?.pid === state.worker.pid && newest.start === state.worker.start;
}

/** Whether both are the same worker. */
export function sameWorker(a: Process | null, b: Process | null): boolean {
  return a !== null && b !== null && a.pid === b.pid && a.start === b.start;
}

async function byMasterSocket(socket: string, signal: AbortSignal): Promise<HaproxyState> {
  const reply = await sendCommand(socket, 'show proc', timeout, signal);
  if (!reply.ok) return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why: reply.why }) };
  const processes = parseProcesses(reply.text);
  const pid = processes?.workers.at(-1);
  if (processes === null || pid === undefined) {
    const why = processes === null ? 'it is no master socket of HAProxy' : 'its master has no worker';
    return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why }) };
  }
  return { kind: 'running', master: processes.master, worker: (await processOf(pid)) ?? { pid, start: 0 }, counts: processes.counts };
}

async function byPidfile(file: string, binary: string): Promise<HaproxyState> {
  const content = readFileBounded(file, maxPidfileBytes);
  if (content.kind !== 'content')
    return absent(`its pid file ${file} cannot be read: ${content.kind === 'absent' ? 'there is no such file' : content.why}`);
  const pid = /^\s*([1-9]\d{0,8})\s*$/.exec(content.bytes.toString('utf8').split('\n', 1)[0] ?? '')?.[1];
  if (pid === undefined) return absent(`${file} holds no pid`);
  const what = `the process ${pid} of ${file}`;
  const program = await programOf(Number(pid));
  if (program !== null && !isProgram(program, binary)) return absent(`${what} is not HAProxy but ${program.name}`);
  return ofMaster(Number(pid), what);
}

async function byUnit(unit: string, env: Env, signal: AbortSignal): Promise<HaproxyState> {
  const ended = await exec('systemctl', ['show', '--property=MainPID', '--value', '--', unit], { env, timeout, signal });
  signal.throwIfAborted();
  if (ended.kind !== 'exited' || ended.status !== 0) {
    const why = ended.kind === 'exited' ? (ended.stderr.split('\n')[0] ?? '') : ended.kind;
    return absent(`systemctl show ${unit} failed: ${why}`);
  }
  const pid = Number(ended.stdout.trim());
  return Number.isInteger(pid) && pid > 0 ? ofMaster(pid, `the main process of ${unit}`) : absent(`${unit} is not active`);
}

async function ofMaster(master: number, what: string): Promise<HaproxyState> {
  if ((await processOf(master)) === null) return absent(`${what} is gone`);
  const worker = (await workersOf(master)).at(-1);
  if (worker === undefined) return absent(`${what} has no worker; HAProxy must run in master-worker mode (-W or -Ws)`);
  return { kind: 'running', master, worker, counts: await reloadCounts(master) };
}

async function byStatsSocket(socket: string, signal: AbortSignal): Promise<HaproxyState> {
  const reply = await queryWorkerPid(socket, signal);
  if ('why' in reply) return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why: reply.why }) };
  const [worker, master] = await Promise.all([processOf(reply.pid), masterOf(reply.pid)]);
  const counts = master === null ? null : await reloadCounts(master);
  return { kind: 'running', master, worker: worker ?? { pid: reply.pid, start: 0 }, counts };
}

function absent(why: string): HaproxyState {
  return { kind: 'absent', problem: problem('haproxy.absent', { why }) };
}

/** Whether HAProxy cannot be reached, running or not. */
function isAway({ kind }: HaproxyState): boolean {
  return kind === 'absent' || kind === 'unreachable';
}

/** Whether two states are of the same HAProxy, or both of none. */
export function isSameHaproxy(a: HaproxyState, b: HaproxyState): boolean {
  if (a.kind === 'running' && b.kind === 'running') return sameWorker(a.worker, b.worker);
  return isAway(a) === isAway(b) && (isAway(a) || a.kind === b.kind);
}
