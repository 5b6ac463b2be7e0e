import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { encode } from 'dns-packet';
import type { Nameserver } from '../../../src/config/config.ts';
import type { Question } from '../../../src/dns/message/question.ts';
import { framed } from '../dns/fault-server.ts';

/** One exchange as it was recorded. */
export interface Packet extends Question {
  readonly transport: 'udp' | 'tcp';
  /** The response message, base64; its id is 0. */
  readonly response: string;
}

/** Asks one question with nothing of podfront in between. */
export async function exchange({ address, port }: Nameserver, { name, type }: Question, transport: 'udp' | 'tcp'): Promise<Packet> {
  const query = encode({
    type: 'query',
    id: 0,
    flags: 0x100,
    questions: [{ type, name, class: 'IN' }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
    ],
  });
  const response = transport === 'udp' ? await overUdp(address.text, port, query) : await overTcp(address.text, port, query);
  return { name, type, transport, response: response.toString('base64') };
}

async function overUdp(host: string, port: number, query: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  socket.send(query, port, host);
  const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(5000) })) as [Buffer];
  socket.close();
  return message;
}

async function overTcp(host: string, port: number, query: Buffer): Promise<Buffer> {
  const socket = connect(port, host);
  socket.write(framed(query));
  let all = Buffer.alloc(0);
  for await (const chunk of socket) {
    all = Buffer.concat([all, chunk as Buffer]);
    if (all.length >= 2 && all.length >= 2 + all.readUInt16BE(0)) break;
  }
  return all.subarray(2);
}
