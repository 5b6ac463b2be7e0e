import { readFile } from 'node:fs/promises';
import type { HaproxyConfig } from '../../config/config.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { exec } from '../../system/exec.ts';
import { parseProcesses } from './master-cli.ts';
import { masterOf, type Process, processOf, type ReloadCounts, reloadCounts, workersOf } from './proc.ts';
import { sendCommand } from './runtime-api.ts';
import { queryWorkerPid } from './stats-socket.ts';

/** What can be seen of the running HAProxy. */
export type HaproxyState =
  | {
      readonly kind: 'running';
      /** Pid of the master; null where only a worker can be seen. */
      readonly master: number | null;
      /** The worker that takes new connections. Its `start` is 0 where /proc does not show it. */
      readonly worker: Process;
      readonly counts: ReloadCounts | null;
    }
  | { readonly kind: 'absent'; readonly problem: Problem }
  /** Its worker lives, and there is no way to it: a socket or a pid file vanished. */
  | { readonly kind: 'unreachable'; readonly worker: Process; readonly problem: Problem }
  /** There is no way to look: `reload: none`, or a command without a stats socket. */
  | { readonly kind: 'unseen' };

export type Env = Readonly<Record<string, string | undefined>>;

const limit = 5_000;

/** Looks for the running HAProxy in the way its reload is configured. Never throws but for the signal. */
export async function inspect(
  { reload, socket }: Pick<HaproxyConfig, 'reload' | 'socket'>,
  env: Env,
  signal: AbortSignal,
): Promise<HaproxyState> {
  signal.throwIfAborted();
  switch (reload.kind) {
    case 'master':
      return overMaster(reload.socket, signal);
    case 'pidfile':
      return behindPidfile(reload.file);
    case 'systemd':
      return inUnit(reload.unit, env, signal);
    case 'command':
    case 'none':
      return socket === null || reload.kind === 'none' ? { kind: 'unseen' } : overStats(socket, signal);
    default:
      return reload satisfies never;
  }
}

/** Whether a look would show the same, told from /proc alone: cheap enough for every second. Only true is sure. */
export async function isUnchanged(seen: HaproxyState): Promise<boolean> {
  if (seen.kind !== 'running' || seen.master === null || seen.worker.start === 0) return false;
  const newest = (await workersOf(seen.master)).at(-1);
  return newest?.pid === seen.worker.pid && newest.start === seen.worker.start;
}

/** Whether two looks saw one and the same worker. */
export function sameWorker(a: Process | null, b: Process | null): boolean {
  return a !== null && b !== null && a.pid === b.pid && a.start === b.start;
}

async function overMaster(socket: string, signal: AbortSignal): Promise<HaproxyState> {
  const reply = await sendCommand(socket, 'show proc', limit, signal);
  if (!reply.ok) return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why: reply.why }) };
  const processes = parseProcesses(reply.text);
  const pid = processes?.workers.at(-1);
  if (processes === null || pid === undefined) {
    const why = processes === null ? 'it is no master socket of HAProxy' : 'its master has no worker';
    return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why }) };
  }
  return { kind: 'running', master: processes.master, worker: (await processOf(pid)) ?? { pid, start: 0 }, counts: processes.counts };
}

async function behindPidfile(file: string): Promise<HaproxyState> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return absent(`its pid file ${file} cannot be read: ${text.code ?? text.message}`);
  const pid = /^\s*([1-9]\d{0,8})\s*$/m.exec(text)?.[1];
  if (pid === undefined) return absent(`${file} holds no pid`);
  return ofMaster(Number(pid), `the process ${pid} of ${file}`);
}

async function inUnit(unit: string, env: Env, signal: AbortSignal): Promise<HaproxyState> {
  const ended = await exec('systemctl', ['show', '--property=MainPID', '--value', '--', unit], { env, limit, signal });
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

async function overStats(socket: string, signal: AbortSignal): Promise<HaproxyState> {
  const told = await queryWorkerPid(socket, signal);
  if ('why' in told) return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why: told.why }) };
  const [worker, master] = await Promise.all([processOf(told.pid), masterOf(told.pid)]);
  const counts = master === null ? null : await reloadCounts(master);
  return { kind: 'running', master, worker: worker ?? { pid: told.pid, start: 0 }, counts };
}

function absent(why: string): HaproxyState {
  return { kind: 'absent', problem: problem('haproxy.absent', { why }) };
}
