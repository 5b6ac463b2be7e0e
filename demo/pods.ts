import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { reservePort } from './ports.ts';

/** HTTP servers on addresses of their own, all on one port, as the pods of a service. */
export interface Pods {
  readonly port: number;
  /** The addresses that listen now. */
  readonly addresses: () => readonly string[];
  /** Requests answered by each pod so far, health checks by connection not among them. */
  readonly requests: () => ReadonlyMap<string, number>;
  /** Starts pods on further addresses; those that run already are left alone. */
  readonly start: (...addresses: readonly string[]) => Promise<void>;
  /** Stops pods at once, open connections included. */
  readonly stop: (...addresses: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface PodOptions {
  /** A reserved one when not given. */
  readonly port?: number;
  /** Pods take a PROXY protocol header (version 1 or 2) before the request, and pass over it. */
  readonly proxyProtocol?: boolean;
}

interface Pod {
  readonly front: TcpServer;
  readonly http: Server;
  readonly connections: Set<Socket>;
}

/**
 * Starts one HTTP server on each address, which must be a loopback one: HAProxy sends its checks wherever it is pointed. Each answers any
 * request with `pod <address>` and a line end. Rejects when an address is not this machine's, or a port that was asked for is taken.
 */
export async function startPods(addresses: readonly string[], options: PodOptions = {}): Promise<Pods> {
  for (const address of addresses) requireLoopback(address);
  for (let attempt = 1; ; attempt++) {
    // A reserved one, so that it is free too on the addresses of pods that are started later.
    const pods = podsOn({ ...options, port: options.port ?? (await reservePort(addresses[0])) });
    try {
      await pods.start(...addresses);
      return pods;
    } catch (error) {
      await pods.close();
      // The port that is free on the first address may be taken on another.
      if (options.port !== undefined || attempt === 20 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

function requireLoopback(address: string): void {
  if (!/^127\.\d+\.\d+\.\d+$|^::1$/.test(address)) throw new Error(`${address} is not a loopback address`);
}

function podsOn({ port, proxyProtocol = false }: PodOptions & { readonly port: number }): Pods {
  const running = new Map<string, Pod>();
  const requests = new Map<string, number>();

  async function start(address: string): Promise<void> {
    if (running.has(address)) return;
    requireLoopback(address);
    const http = createServer((_request, response) => {
      requests.set(address, (requests.get(address) ?? 0) + 1);
      response.setHeader('content-type', 'text/plain').end(`pod ${address}\n`);
    });
    const connections = new Set<Socket>();
    const front = createTcpServer((socket) => {
      connections.add(socket);
      socket.on('close', () => connections.delete(socket));
      socket.on('error', () => socket.destroy());
      if (proxyProtocol) passHeader(socket, () => http.emit('connection', socket));
      else http.emit('connection', socket);
    });
    front.listen(port, address);
    await once(front, 'listening');
    running.set(address, { front, http, connections });
  }

  async function stop(address: string): Promise<void> {
    const pod = running.get(address);
    if (pod === undefined) return;
    running.delete(address);
    for (const socket of pod.connections) socket.destroy();
    pod.http.close();
    await new Promise<void>((done) => void pod.front.close(() => done()));
  }

  return {
    port,
    addresses: () => [...running.keys()],
    requests: () => new Map(requests),
    start: async (...addresses) => {
      for (const address of addresses) await start(address);
    },
    stop: async (...addresses) => {
      await Promise.all(addresses.map(stop));
    },
    close: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}

/** Takes a PROXY protocol header off the stream (HAProxy's doc/proxy-protocol.txt, sections 2.1 and 2.2); closes a connection without one. */
function passHeader(socket: Socket, ready: () => void): void {
  const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
  let held: Buffer = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    const second = held.subarray(0, 12).equals(signature);
    const line = held.indexOf('\r\n');
    const length = second ? (held.length < 16 ? null : 16 + held.readUInt16BE(14)) : held.length < 12 || line < 0 ? null : line + 2;
    if (length === null || held.length < length) {
      if (held.length > 1024) socket.destroy();
      return;
    }
    if (!second && held.toString('latin1', 0, 6) !== 'PROXY ') {
      socket.destroy();
      return;
    }
    socket.off('data', take);
    socket.pause();
    socket.unshift(held.subarray(length));
    ready();
    socket.resume();
  };
  socket.on('data', take);
}
