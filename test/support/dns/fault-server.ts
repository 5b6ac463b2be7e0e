import { createSocket, type RemoteInfo, type Socket as Udp } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { reservePort } from '../../../demo/ports.ts';
import type { Nameserver } from '../../../src/config/config.ts';
import { parseAddress } from '../../../src/ip/address.ts';

/** One query as the server got it, and the means to answer it in any way, right or wrong. */
export interface Heard {
  readonly bytes: Buffer;
  /** As asked, letter case included. */
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  readonly peer: RemoteInfo | null;
  /** The TCP connection it came by. */
  readonly socket: Socket | null;
  /** Sends the bytes as they are; over TCP with their length in front. */
  readonly send: (bytes: Buffer) => void;
  /** Sends a proper response with what is given. */
  readonly answer: (packet: Packet & { readonly rcode?: number }) => void;
  /** The bytes of such a response. */
  readonly response: (packet: Packet & { readonly rcode?: number }) => Buffer;
}

export interface FaultServer {
  readonly nameserver: Nameserver;
  readonly port: number;
  readonly heard: Heard[];
  readonly udp: Udp;
  readonly close: () => Promise<void>;
}

/** Flag bits of a response. */
export const flags = { aa: 1 << 10, tc: 1 << 9, rd: 1 << 8 } as const;

/** A record of address type A. */
export function a(name: string, data: string, ttl = 5): Answer {
  return { type: 'A', name, ttl, class: 'IN', data };
}

/** A DNS server on real sockets, UDP and TCP on one port, that does what the handler says and nothing else. */
export async function openFaultServer(
  handle: (heard: Heard) => void,
  { host = '127.0.0.1', port: wanted, tcp = true }: { host?: string; port?: number; tcp?: boolean } = {},
): Promise<FaultServer> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let held = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        hear(held.subarray(2, end), 'tcp', null, socket);
        held = held.subarray(end);
      }
    });
  });
  // One port for both transports: what is free for TCP may be taken for UDP.
  const port = wanted ?? (await reservePort(host));
  server.listen(port, host);
  await once(server, 'listening');
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  udp.bind(port, host);
  await once(udp, 'listening');
  udp.on('message', (message, peer) => hear(message, 'udp', peer, null));
  if (!tcp) await new Promise((done) => server.close(done));

  function hear(bytes: Buffer, transport: 'udp' | 'tcp', peer: RemoteInfo | null, socket: Socket | null): void {
    const [question] = decode(bytes).questions ?? [];
    const { name = '', type = '' } = question ?? {};
    const send = (message: Buffer): void => {
      if (peer !== null) udp.send(message, peer.port, peer.address, () => {});
      else socket?.write(framed(message));
    };
    const response = (packet: Packet & { readonly rcode?: number }): Buffer => {
      const made = encode({
        type: 'response',
        id: bytes.readUInt16BE(0),
        flags: flags.aa | flags.rd,
        questions: question ? [question] : [],
        ...packet,
      });
      made[3] = ((made[3] ?? 0) & 0xf0) | (packet.rcode ?? 0);
      return made;
    };
    const it: Heard = { bytes, name, type, transport, peer, socket, send, response, answer: (packet) => send(response(packet)) };
    heard.push(it);
    handle(it);
  }

  const address = parseAddress(host);
  if (address === null) throw new Error(`${host} is no address`);
  return {
    nameserver: { address, port, transport: 'udp' },
    port,
    heard,
    udp,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([new Promise<void>((done) => udp.close(done)), new Promise((done) => server.close(done))]);
    },
  };
}

/** The message behind its length, as TCP carries it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Names are compared without regard to case; the resolver mixes it. */
export function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
