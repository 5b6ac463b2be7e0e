import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** The transport of a DNS message and of its answer. */
export type Transport = 'udp' | 'tcp';

/** Answers one message with messages to send back: none is silence. */
export type Respond = (message: Buffer, transport: Transport) => readonly Buffer[];

/** An open pair of sockets on one port. */
export interface Listening {
  readonly port: number;
  /** Resolves when both sockets and every connection are closed. */
  readonly close: () => Promise<void>;
}

/** Serves DNS messages over UDP and TCP (RFC 7766) on one port of `host`; port 0 takes a free one. Rejects when the port is taken. */
export async function serveDns(host: string, port: number, respond: Respond): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    const tcp = createServer();
    const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    try {
      tcp.listen(port, host);
      await once(tcp, 'listening');
      const taken = portOf(tcp);
      udp.bind(taken, host);
      await once(udp, 'listening');
      return serve(tcp, udp, taken, respond);
    } catch (error) {
      tcp.close();
      udp.close();
      // The port that was free for TCP may be taken for UDP.
      if (port !== 0 || attempt === 20) throw error;
    }
  }
}

function serve(tcp: Server, udp: Datagrams, port: number, respond: Respond): Listening {
  const connections = new Set<Socket>();
  udp.on('message', (message, { address, port: from }) => {
    for (const reply of respond(message, 'udp')) udp.send(reply, from, address, () => {});
  });
  udp.on('error', () => {});
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        for (const reply of respond(pending.subarray(2, end), 'tcp')) {
          socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
        }
        pending = pending.subarray(end);
      }
    });
  });
  return {
    port,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([new Promise<void>((done) => udp.close(done)), new Promise<void>((done) => void tcp.close(() => done()))]);
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
