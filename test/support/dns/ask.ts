import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';
import type { Cluster } from '../../../demo/cluster.ts';

export interface Asking {
  readonly over?: 'udp' | 'tcp';
  /** Of the OPT record; without one when not given. */
  readonly payload?: number;
  /** How long silence is waited for, in milliseconds. */
  readonly patience?: number;
}

/** Sends raw bytes to a cluster's name server and returns the raw answer; null for silence. */
export async function exchange(cluster: Cluster, message: Buffer, { over = 'udp', patience = 5000 }: Asking = {}): Promise<Buffer | null> {
  return new Promise((done, fail) => {
    if (over === 'udp') {
      const socket = createSocket(cluster.address.includes(':') ? 'udp6' : 'udp4');
      const end = (answer: Buffer | null) => {
        clearTimeout(timer);
        socket.close();
        done(answer);
      };
      const timer = setTimeout(end, patience, null);
      socket.once('message', end);
      socket.send(message, cluster.port, cluster.address);
      return;
    }
    const socket = connect(cluster.port, cluster.address);
    const timer = setTimeout(() => end(null), patience);
    const end = (answer: Buffer | null) => {
      clearTimeout(timer);
      socket.destroy();
      done(answer);
    };
    let held: Buffer = Buffer.alloc(0);
    socket.on('error', fail);
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      if (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) end(held.subarray(2, 2 + held.readUInt16BE(0)));
    });
    // In two writes, as a stream may bring it.
    socket.write(Buffer.from([message.length >> 8, message.length & 255]));
    socket.write(message);
  });
}

/** Asks one question with dns-packet, and decodes the answer with it. */
export async function ask(
  cluster: Cluster,
  name: string,
  type: RecordType,
  asking: Asking = {},
): Promise<DecodedPacket & { readonly bytes: number; readonly rcode: string }> {
  const { payload } = asking;
  const query = encode({
    type: 'query',
    id: 4711,
    flags: 0x100,
    questions: [{ name, type }],
    ...(payload !== undefined && {
      additionals: [
        { type: 'OPT', name: '.', udpPayloadSize: payload, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
      ],
    }),
  });
  const answer = await exchange(cluster, query, asking);
  if (answer === null) throw new Error(`no answer to ${name} ${type}`);
  const decoded = decode(answer) as DecodedPacket & { readonly rcode: string };
  return { ...decoded, rcode: decoded.rcode, bytes: answer.length };
}

/** `A 127.10.1.1`, `SRV 0 50 8080 a.example.org`: the records of a section as a zone file has them, without name and TTL. */
export function records(section: DecodedPacket['answers']): readonly string[] {
  return (section ?? []).flatMap((record) => {
    switch (record.type) {
      case 'A':
      case 'AAAA':
      case 'CNAME':
      case 'NS':
        return [`${record.type} ${record.data}`];
      case 'SRV':
        return [`SRV ${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`];
      case 'TXT':
        return [`TXT ${String(record.data)}`];
      case 'SOA':
        return [`SOA ${record.data.mname} ${record.data.rname} ${record.data.minimum}`];
      case 'OPT':
        return [];
      default:
        return [record.type];
    }
  });
}
