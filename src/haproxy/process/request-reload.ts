import type { HaproxyConfig } from '../../config/config.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import { exec } from '../../system/exec.ts';
import type { Env, HaproxyTimeouts } from '../../system/process.ts';
import type { HaproxyState } from './inspect.ts';
import { parseReloadReply } from './master-cli.ts';
import { isDenied, polkitHint } from './polkit.ts';
import { handlesReloadSignal, isProgram, programOf } from './proc.ts';
import { reportedLines } from './reported-lines.ts';
import { sendCommand } from './runtime-api.ts';

/** The outcome of a request to reload. It does not prove that HAProxy runs the new file: see `verifyReload`. */
export type ReloadRequested =
  | { readonly kind: 'requested' }
  | { readonly kind: 'rejected'; readonly why: string; readonly lines: readonly string[]; readonly hint?: string }
  | { readonly kind: 'absent'; readonly problem: Problem };

/** The dependencies of a request. */
export interface ReloadTools {
  readonly env: Env;
  readonly clock: Clock;
  readonly kill: SendSignal;
  readonly timeouts: Pick<HaproxyTimeouts, 'reload' | 'verify'>;
}

/** A function that sends a signal to a process; it throws the error of kill(2). */
export type SendSignal = (pid: number, signal: 'SIGUSR2') => void;

/** Milliseconds after which a master that is busy with an earlier reload is asked again. */
const busyInterval = 200;
/** Milliseconds between two checks whether the master handles the signal. */
const signalInterval = 20;

/** Requests a reload in the configured way. Throws only the signal's reason. */
export async function requestReload(
  { reload, binary }: Pick<HaproxyConfig, 'reload' | 'binary'>,
  state: HaproxyState,
  tools: ReloadTools,
  signal: AbortSignal,
): Promise<ReloadRequested> {
  if (state.kind === 'absent' || state.kind === 'unreachable') return { kind: 'absent', problem: state.problem };
  const master = state.kind === 'running' ? state.master : null;
  if (master !== null && reload.kind !== 'master') await waitForHandler(master, tools, signal);
  switch (reload.kind) {
    case 'master':
      return byMasterSocket(reload.socket, tools, signal);
    case 'pidfile':
      return bySignal(master, binary, tools.kill);
    case 'systemd':
      return bySystemd(reload.unit, tools, signal);
    case 'command': {
      const [file = '', ...args] = reload.command;
      return byProgram(file, args, tools, signal);
    }
    case 'none':
      return { kind: 'requested' };
    default:
      return reload satisfies never;
  }
}

/** Waits while the master re-executes itself and ignores the signal, for at most the time in which a reload is verified. */
async function waitForHandler(master: number, { clock, timeouts }: ReloadTools, signal: AbortSignal): Promise<void> {
  const deadline = clock.now() + timeouts.verify;
  while ((await handlesReloadSignal(master)) === false && clock.now() < deadline) await clock.sleep(signalInterval, signal);
}

async function byMasterSocket(socket: string, { clock, timeouts }: ReloadTools, signal: AbortSignal): Promise<ReloadRequested> {
  const deadline = clock.now() + timeouts.reload;
  let reply = await sendCommand(socket, 'reload', timeouts.reload, signal);
  while (reply.ok && parseReloadReply(reply.text).busy && clock.now() < deadline) {
    await clock.sleep(busyInterval, signal);
    reply = await sendCommand(socket, 'reload', timeouts.reload, signal);
  }
  signal.throwIfAborted();
  if (!reply.ok) {
    // A master that re-executes itself (before 2.7) may drop the connection instead of closing it.
    if (reply.why === 'ECONNRESET' || reply.why === 'empty') return { kind: 'requested' };
    return { kind: 'absent', problem: problem('haproxy.unreachable', { socket, why: reply.why }) };
  }
  const { success, busy, lines } = parseReloadReply(reply.text);
  if (success !== false) return { kind: 'requested' };
  return { kind: 'rejected', why: busy ? 'it is busy with another reload' : 'its reload failed', lines: reportedLines(lines) };
}

/**
 * Sends SIGUSR2, which makes the master reload (HAProxy management guide 4). The signal ends other processes, so it is sent only to
 * a HAProxy that handles it, whatever the pid file says.
 */
async function bySignal(master: number | null, binary: string, kill: SendSignal): Promise<ReloadRequested> {
  if (master === null) return { kind: 'rejected', why: 'no master process was found', lines: [] };
  const [program, handles] = await Promise.all([programOf(master), handlesReloadSignal(master)]);
  if (program === null || handles === null)
    return { kind: 'absent', problem: problem('haproxy.absent', { why: `process ${master} is gone, or /proc does not show it` }) };
  if (!isProgram(program, binary)) return { kind: 'rejected', why: `process ${master} is not HAProxy but ${program.name}`, lines: [] };
  if (!handles) return { kind: 'rejected', why: `process ${master} does not handle SIGUSR2, so it is no master of HAProxy`, lines: [] };
  try {
    kill(master, 'SIGUSR2');
    return { kind: 'requested' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return { kind: 'absent', problem: problem('haproxy.absent', { why: `process ${master} is gone` }) };
    return { kind: 'rejected', why: `podfront may not signal process ${master}: ${code}`, lines: [] };
  }
}

async function bySystemd(unit: string, tools: ReloadTools, signal: AbortSignal): Promise<ReloadRequested> {
  const requested = await byProgram('systemctl', ['reload', '--', unit], tools, signal);
  return requested.kind === 'rejected' && requested.lines.some(isDenied) ? { ...requested, hint: polkitHint(unit) } : requested;
}

async function byProgram(
  file: string,
  args: readonly string[],
  { env, timeouts }: ReloadTools,
  signal: AbortSignal,
): Promise<ReloadRequested> {
  const ended = await exec(file, args, { env, timeout: timeouts.reload, signal });
  signal.throwIfAborted();
  const command = [file, ...args].join(' ');
  switch (ended.kind) {
    case 'exited':
      if (ended.status === 0) return { kind: 'requested' };
      return { kind: 'rejected', why: `${command} ended with ${ended.status}`, lines: lastLines(ended.stderr) };
    case 'killed':
      return { kind: 'rejected', why: `${command} was ended by ${ended.signal}`, lines: lastLines(ended.stderr) };
    case 'timeout':
      return { kind: 'rejected', why: `${command} did not finish within ${ended.ms} ms`, lines: [] };
    case 'missing':
      return { kind: 'rejected', why: `${command} cannot be run: ${ended.why}`, lines: [] };
    case 'shortage':
      return { kind: 'rejected', why: `${command} cannot be run: ${ended.what}; ${ended.remedy}`, lines: [] };
    default:
      return ended satisfies never;
  }
}

function lastLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return reportedLines(lines.slice(-20));
}
