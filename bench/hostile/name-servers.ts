import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { reservePort } from '../../demo/ports.ts';

/** What a server sends for a query over UDP: messages. */
type OverUdp = (query: Buffer) => readonly Buffer[];

/** What a server does with a connection. */
type OverTcp = (socket: Socket) => void;

interface HostileServer {
  readonly name: string;
  readonly open: () => Promise<{ readonly port: number; readonly close: () => Promise<void> }>;
}

/** The header of an answer to a query, with its question: `flags` beside QR, and the number of answers that it claims. */
function header(query: Buffer, flags: number, answers: number, id = query.readUInt16BE(0)): Buffer {
  const made = Buffer.from(query);
  made.writeUInt16BE(id, 0);
  made.writeUInt16BE(0x8000 | flags, 2);
  made.writeUInt16BE(answers, 6);
  made.writeUInt16BE(0, 8);
  made.writeUInt16BE(0, 10);
  return made;
}

const truncated: OverUdp = (query) => [header(query, 0x0200, 0)];

/** A name of 7,000 pointers, each to the one before it (RFC 1035, 4.1.4). */
function pointers(query: Buffer): Buffer {
  const start = header(query, 0, 1);
  const chain = Buffer.alloc(14_000);
  for (let at = 0; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | Math.max(12, Math.min(0x3fff, start.length + at - 2)), at);
  return Buffer.concat([start, chain, Buffer.from([0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1])]);
}

const framed = (message: Buffer) => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

/** Sends one answer over and over, as fast as it is read. */
const flooding =
  (answer: (query: Buffer) => Buffer): OverTcp =>
  (socket) =>
    socket.once('data', (data: Buffer) => {
      const bytes = Buffer.concat(Array.from({ length: 20 }, () => framed(answer(data.subarray(2)))));
      const more = () => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on('drain', more);
      more();
    });

async function open(udp: OverUdp, tcp: OverTcp): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const port = await reservePort();
  const datagrams = createSocket('udp4').on('error', () => {});
  datagrams.on('message', (query, { address, port: from }) => {
    for (const answer of udp(query)) datagrams.send(answer, from, address, () => {});
  });
  datagrams.bind(port, '127.0.0.1');
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
    tcp(socket);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    async close() {
      for (const socket of open) socket.destroy();
      datagrams.close();
      server.close();
      await once(server, 'close');
    },
  };
}

const silent: OverTcp = (socket) => void socket.resume();
const server = (name: string, udp: OverUdp, tcp: OverTcp = silent): HostileServer => ({ name, open: () => open(udp, tcp) });

export const hostileServers: readonly HostileServer[] = [
  server('silent', () => []),
  server('7,000 compression pointers over UDP', (query) => [pointers(query)]),
  server('100 answers to other questions for each', (query) =>
    Array.from({ length: 100 }, (_, i) => header(query, 0, 0, (query.readUInt16BE(0) + i + 1) & 0xffff)),
  ),
  server('claims 65,535 records and has none', (query) => [header(query, 0, 65_535)]),
  server('one byte', () => [Buffer.from([0])]),
  server('truncated, and TCP is silent', truncated),
  server('truncated, and TCP is closed at once', truncated, (socket) => void socket.destroy()),
  server('truncated, and TCP sends a byte a second', truncated, (socket) => {
    const timer = setInterval(() => socket.write(Buffer.from([255])), 1_000);
    socket.resume().on('close', () => clearInterval(timer));
  }),
  server(
    'truncated, and TCP floods with answers to other questions',
    truncated,
    flooding((query) => header(query, 0, 0, (query.readUInt16BE(0) + 7) & 0xffff)),
  ),
  server('truncated, and TCP floods with compression pointers', truncated, flooding(pointers)),
  server(
    'truncated, and TCP floods with messages of 65,535 bytes',
    truncated,
    flooding(() => Buffer.alloc(65_535)),
  ),
];
