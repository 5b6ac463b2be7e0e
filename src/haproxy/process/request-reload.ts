import type { Reload } from '../../config/config.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import { exec } from '../../system/exec.ts';
import type { HaproxyTimeouts } from '../../system/process.ts';
import type { Env, HaproxyState } from './inspect.ts';
import { parseReloadReply } from './master-cli.ts';
import { isDenied, remedyOf } from './polkit.ts';
import { handlesReloadSignal } from './proc.ts';
import { sendCommand } from './runtime-api.ts';

/** How HAProxy took the request to reload. That it runs the new file is seen by `verify`, never believed here. */
export type ReloadRequested =
  | { readonly kind: 'told' }
  | { readonly kind: 'refused'; readonly why: string; readonly lines: readonly string[]; readonly remedy?: string }
  | { readonly kind: 'absent'; readonly problem: Problem };

/** What telling it needs of the world. */
export interface ReloadTools {
  readonly env: Env;
  readonly clock: Clock;
  readonly kill: SendSignal;
  readonly limits: Pick<HaproxyTimeouts, 'reload' | 'verify'>;
}

/** How often a master that is busy with an earlier reload is asked again, in milliseconds. */
const again = 200;
/** How often it is looked whether it can be signalled. */
const glance = 20;

/** Sends a signal to a process; throws what kill(2) says. */
export type SendSignal = (pid: number, signal: 'SIGUSR2') => void;

/** Tells HAProxy to read its files again, in the configured way. Throws only the signal's reason. */
export async function requestReload(reload: Reload, seen: HaproxyState, means: ReloadTools, signal: AbortSignal): Promise<ReloadRequested> {
  if (seen.kind === 'absent' || seen.kind === 'unreachable') return { kind: 'absent', problem: seen.problem };
  if (seen.kind === 'running' && seen.master !== null && reload.kind !== 'master') await settled(seen.master, means, signal);
  switch (reload.kind) {
    case 'master':
      return overMaster(reload.socket, means, signal);
    case 'pidfile':
      return bySignal(seen.kind === 'running' ? seen.master : null, means.kill);
    case 'systemd':
      return bySystemd(reload.unit, means, signal);
    case 'command': {
      const [file = '', ...args] = reload.command;
      return byProgram(file, args, means, signal);
    }
    case 'none':
      return { kind: 'told' };
    default:
      return reload satisfies never;
  }
}

/** Waits while the master executes itself anew, at most as long as a reload may take to be seen. */
async function settled(master: number, { clock, limits }: ReloadTools, signal: AbortSignal): Promise<void> {
  const until = clock.now() + limits.verify;
  while (!(await handlesReloadSignal(master)) && clock.now() < until) await clock.sleep(glance, signal);
}

async function overMaster(socket: string, { clock, limits }: ReloadTools, signal: AbortSignal): Promise<ReloadRequested> {
  const until = clock.now() + limits.reload;
  let reply = await sendCommand(socket, 'reload', limits.reload, signal);
  while (reply.ok && parseReloadReply(reply.text).busy && clock.now() < until) {
    await clock.sleep(again, signal);
    reply = await sendCommand(socket, 'reload', limits.reload, signal);
  }
  signal.throwIfAborted();
  if (!reply.ok) {
    // A master that executes itself anew (before 2.7) may drop the connection instead of closing it.
    if (reply.why === 'ECONNRESET' || reply.why === 'empty') return { kind: 'told' };
    return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why: reply.why }) };
  }
  const { success, busy, lines } = parseReloadReply(reply.text);
  if (success !== false) return { kind: 'told' };
  return { kind: 'refused', why: busy ? 'it is busy with another reload' : 'its reload failed', lines };
}

/** SIGUSR2 makes the master reload (HAProxy management guide 4). */
async function bySignal(master: number | null, kill: SendSignal): Promise<ReloadRequested> {
  if (master === null) return { kind: 'refused', why: 'no master process was seen', lines: [] };
  try {
    kill(master, 'SIGUSR2');
    return { kind: 'told' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return { kind: 'absent', problem: problem('haproxy.absent', { why: `process ${master} is gone` }) };
    return { kind: 'refused', why: `podfront may not signal process ${master}: ${code}`, lines: [] };
  }
}

async function bySystemd(unit: string, means: ReloadTools, signal: AbortSignal): Promise<ReloadRequested> {
  const told = await byProgram('systemctl', ['reload', '--', unit], means, signal);
  return told.kind === 'refused' && told.lines.some(isDenied) ? { ...told, remedy: remedyOf(unit) } : told;
}

async function byProgram(
  file: string,
  args: readonly string[],
  { env, limits }: ReloadTools,
  signal: AbortSignal,
): Promise<ReloadRequested> {
  const ended = await exec(file, args, { env, limit: limits.reload, signal });
  signal.throwIfAborted();
  const command = [file, ...args].join(' ');
  switch (ended.kind) {
    case 'exited':
      if (ended.status === 0) return { kind: 'told' };
      return { kind: 'refused', why: `${command} ended with ${ended.status}`, lines: lastLines(ended.stderr) };
    case 'killed':
      return { kind: 'refused', why: `${command} was ended by ${ended.signal}`, lines: lastLines(ended.stderr) };
    case 'timeout':
      return { kind: 'refused', why: `${command} did not finish within ${ended.ms} ms`, lines: [] };
    case 'missing':
      return { kind: 'refused', why: `${command} cannot be run: ${ended.why}`, lines: [] };
    default:
      return ended satisfies never;
  }
}

function lastLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-20);
}
