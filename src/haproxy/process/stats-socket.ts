import { sendCommand } from './runtime-api.ts';

const timeout = 5_000;

/** Reads the pid of the worker that answers on a stats socket (`show info`, level user suffices), or the reason why it is not known. */
export async function queryWorkerPid(socket: string, signal: AbortSignal): Promise<{ readonly pid: number } | { readonly why: string }> {
  const reply = await sendCommand(socket, 'show info', timeout, signal);
  if (!reply.ok) return { why: reply.why };
  const pid = /^Pid: (\d+)$/m.exec(reply.text)?.[1];
  return pid === undefined ? { why: 'it is no stats socket of HAProxy' } : { pid: Number(pid) };
}

/**
 * The number of servers that the worker has in a backend (`show servers state`, management guide 9.3); 0 when there is no such backend,
 * null without a usable reply.
 *
 * @param prefix the prefix of the command: `@!PID ` over the master's socket
 */
export async function queryServerCount(socket: string, prefix: string, backend: string, signal: AbortSignal): Promise<number | null> {
  const reply = await sendCommand(socket, `${prefix}show servers state ${backend}`, timeout, signal);
  if (!reply.ok) return null;
  if (/Can't find backend|No such (proxy|backend)/i.test(reply.text)) return 0;
  if (!reply.text.startsWith('1\n# be_id')) return null;
  return reply.text.split('\n').filter((line) => line.split(' ')[1] === backend).length;
}
