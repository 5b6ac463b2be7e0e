import { once, setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An attack on the status address, until the signal. */
interface PageFlood {
  readonly name: string;
  readonly attack: (port: number, signal: AbortSignal) => Promise<void>;
}

const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n`;

/** Keeps `count` connections busy with `use`, each opened anew when it was closed. */
async function connections(count: number, port: number, signal: AbortSignal, use: (socket: Socket) => void): Promise<void> {
  const one = async () => {
    while (!signal.aborted) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      const closed = once(socket, 'close').catch(() => {});
      socket.once('connect', () => use(socket));
      const stop = () => socket.destroy();
      signal.addEventListener('abort', stop, { once: true });
      await closed;
      signal.removeEventListener('abort', stop);
      await sleep(1);
    }
  };
  setMaxListeners(0, signal);
  await Promise.all(Array.from({ length: count }, one));
}

/** Writes as fast as the other side reads. */
function flood(socket: Socket, text: string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

export const pageFloods: readonly PageFlood[] = [
  { name: 'idle connections', attack: (port, signal) => connections(200, port, signal, () => {}) },
  { name: 'half a request', attack: (port, signal) => connections(200, port, signal, (socket) => void socket.write('GET / HT')) },
  {
    name: 'requests for the page, and nobody reads the answers',
    attack: (port, signal) => connections(64, port, signal, (socket) => flood(socket.pause(), request('/'))),
  },
  {
    name: 'requests for everything, answers read',
    attack: (port, signal) =>
      connections(32, port, signal, (socket) => flood(socket.resume(), request('/') + request('/metrics') + request('/status'))),
  },
  {
    name: 'headers without end',
    attack: (port, signal) => connections(64, port, signal, (socket) => flood(socket.resume(), `X: ${'y'.repeat(65_536)}\r\n`)),
  },
  {
    name: 'a body without end',
    attack: (port, signal) =>
      connections(64, port, signal, (socket) => {
        socket.resume().write(request('/', 'Content-Length: 99999999999\r\n'));
        flood(socket, 'x'.repeat(65_536));
      }),
  },
  {
    name: 'bytes that are no HTTP',
    attack: (port, signal) => connections(64, port, signal, (socket) => flood(socket.resume(), '\u0000\u0001\u00ff'.repeat(20_000))),
  },
  {
    name: 'connections that are reset at once',
    attack: (port, signal) => connections(64, port, signal, (socket) => void socket.resetAndDestroy()),
  },
];
