import { readFile } from 'node:fs/promises';
import type { HaproxyConfig } from '../../config/config.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { filesLoadedBeside } from './check.ts';
import { type CommandSocket, commandSocket } from './command-socket.ts';
import type { Process } from './proc.ts';
import { sendCommand } from './runtime-api.ts';

/** Milliseconds for one exchange. */
export const runtimeTimeout = 5_000;

/** The way to the runtime API of one worker, of no other: over the master's socket, which is always of level admin, else the stats socket; null where there is none. */
export function runtimeAccess(haproxy: Pick<HaproxyConfig, 'reload' | 'socket'>, { pid }: Process): CommandSocket | null {
  if (haproxy.reload.kind === 'none') return null;
  const socket = commandSocket(haproxy);
  return socket === null || socket.prefix === '' ? socket : { ...socket, prefix: `@!${pid} ` };
}

/** Why no servers can be changed this way; null where they can. */
export async function accessProblem(
  { layout, with: others, output }: Pick<HaproxyConfig, 'layout' | 'with' | 'output'>,
  { path: socket, prefix }: CommandSocket,
  signal: AbortSignal,
): Promise<Problem | null> {
  const reply = await sendCommand(socket, `${prefix}show cli level`, runtimeTimeout, signal);
  if (!reply.ok) return problem('runtime.unreachable', { socket, why: reply.why });
  const level = reply.text.trim();
  if (level !== 'admin') return problem('runtime.level', { socket, level: /^\w{1,20}$/.test(level) ? level : 'unknown' });
  // What a file of others says for all servers applies to those of our file, and not to servers that are added.
  if (layout === 'full') return null;
  for (const file of await filesLoadedBeside(others, output)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (/^[ \t]*default-server[ \t]/m.test(text)) return problem('runtime.default-server', { file });
  }
  return null;
}
