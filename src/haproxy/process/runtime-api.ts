import { connect } from 'node:net';
import { trace } from '../../system/trace.ts';

/** The longest reply, in bytes; a longer one is cut off. 1,000 listens with 20 servers each are 5 MB of `show stat`. */
const maxReply = 32 << 20;

/** The number of characters of a command in a trace. */
const maxTraced = 200;

/** The reply of a socket. `why` is the system's error code, `timeout`, or `empty` when it closed without a reply. */
export type CommandReply = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/**
 * Sends one command line to a HAProxy command socket and reads the reply to its end (HAProxy management guide 9.3: without
 * `prompt` the socket closes after the reply).
 *
 * @param timeout milliseconds for the whole exchange
 */
export function sendCommand(path: string, command: string, timeout: number, signal: AbortSignal): Promise<CommandReply> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    let text = '';
    let ended = false;
    const end = (reply: CommandReply) => {
      if (ended) return;
      ended = true;
      trace(() => `sent ${command.slice(0, maxTraced)} to ${path}: ${reply.ok ? `${reply.text.length} characters` : reply.why}`);
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(reply);
    };
    const abort = () => end({ ok: false, why: 'aborted' });
    const timer = setTimeout(() => end({ ok: false, why: 'timeout' }), timeout);
    signal.addEventListener('abort', abort, { once: true });
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk;
        if (text.length > maxReply) end({ ok: false, why: 'too long' });
      })
      .once('end', () => end({ ok: true, text }))
      .once('close', () => end({ ok: false, why: 'empty' }))
      .once('error', (error: NodeJS.ErrnoException) => end({ ok: false, why: error.code ?? error.message }));
    // HAProxy answers a half-closed connection; it is how `echo | socat` talks to it.
    socket.end(`${command}\n`);
    if (signal.aborted) abort();
  });
}
