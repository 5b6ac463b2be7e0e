import { readFile } from 'node:fs/promises';
import type { HaproxyConfig } from '../../config/config.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { filesLoadedBeside } from './check.ts';
import { type CommandSocket, commandSocket } from './command-socket.ts';
import type { Process } from './proc.ts';
import { sendCommand } from './runtime-api.ts';

/** Milliseconds for one exchange. */
export const runtimeTimeout = 5_000;

/** The socket for the runtime API of exactly one worker: the master's, which always has level admin, else the stats socket; null where there is none. */
export function runtimeAccess(haproxy: Pick<HaproxyConfig, 'reload' | 'socket'>, { pid }: Process): CommandSocket | null {
  if (haproxy.reload.kind === 'none') return null;
  const socket = commandSocket(haproxy);
  return socket === null || socket.prefix === '' ? socket : { ...socket, prefix: `@!${pid} ` };
}

/** The reason why servers cannot be changed over this socket; null where they can. */
export async function accessProblem(
  { layout, with: others, output }: Pick<HaproxyConfig, 'layout' | 'with' | 'output'>,
  { path: socket, prefix }: CommandSocket,
  signal: AbortSignal,
): Promise<Problem | null> {
  const reply = await sendCommand(socket, `${prefix}show cli level`, runtimeTimeout, signal);
  if (!reply.ok) return problem('runtime.unreachable', { socket, why: reply.why });
  const level = reply.text.trim();
  if (level !== 'admin') return problem('runtime.level', { socket, level: /^\w{1,20}$/.test(level) ? level : 'unknown' });
  // Settings for all servers in other files apply to the servers of our file, but not to added servers.
  if (layout === 'full') return null;
  for (const file of await filesLoadedBeside(others, output)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (/^[ \t]*default-server[ \t]/m.test(text)) return problem('runtime.default-server', { file });
  }
  return null;
}
