import type { Address } from '../src/ip/address.ts';

/** A domain name as its labels, without the root; bytes as latin1 characters. */
export type Name = readonly string[];

/** Numbers of the record types the embedded cluster knows (RFC 1035 3.2.2, RFC 3596, RFC 2782). */
export const recordTypes = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, SRV: 33 } as const;

/** The data of a record. */
export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: Address }
  | { readonly type: 'NS' | 'CNAME'; readonly target: Name }
  | { readonly type: 'SRV'; readonly priority: number; readonly weight: number; readonly port: number; readonly target: Name }
  | { readonly type: 'TXT'; readonly text: string }
  | { readonly type: 'SOA'; readonly primary: Name; readonly mailbox: Name; readonly numbers: readonly number[] };

export interface ResourceRecord {
  readonly name: Name;
  /** Seconds. */
  readonly ttl: number;
  readonly data: RecordData;
}

/** A query as it came in. */
export interface Query {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  /** In the letter case it was asked in. */
  readonly name: Name;
  readonly type: number;
  readonly class: number;
  /** The values of the OPT record (RFC 6891); null without one. */
  readonly edns: { readonly payload: number; readonly version: number } | null;
}

export interface Reply {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}

/** The offsets of the ends of names that were written already, and whether to point to them. */
interface Names {
  readonly at: Map<string, number>;
  readonly compress: boolean;
}

/** Reads a query; null for what is no query with exactly one question. */
export function readQuery(bytes: Buffer): Query | null {
  try {
    const flags = bytes.readUInt16BE(2);
    if (flags & 0x8000 || bytes.readUInt16BE(4) !== 1) return null;
    let at = 12;
    const name: string[] = [];
    for (let length = bytes.readUInt8(at++); length !== 0; length = bytes.readUInt8(at++)) {
      if (length > 63 || at + length > bytes.length) return null;
      name.push(bytes.toString('latin1', at, at + length));
      at += length;
    }
    const type = bytes.readUInt16BE(at);
    const edns = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) === 0 ? readOpt(bytes, at + 4, bytes.readUInt16BE(10)) : null;
    return {
      id: bytes.readUInt16BE(0),
      opcode: (flags >> 11) & 15,
      recursionDesired: (flags & 0x100) !== 0,
      name,
      type,
      class: bytes.readUInt16BE(at + 2),
      edns,
    };
  } catch {
    return null;
  }
}

/** An OPT record has the root as its name; other additional records of a query are passed over when their name is the root too. */
function readOpt(bytes: Buffer, from: number, count: number): Query['edns'] {
  for (let at = from, i = 0; i < count && bytes.readUInt8(at) === 0; i++) {
    if (bytes.readUInt16BE(at + 1) === 41) return { payload: bytes.readUInt16BE(at + 3), version: bytes.readUInt8(at + 6) };
    at += 11 + bytes.readUInt16BE(at + 9);
  }
  return null;
}

/** Above this CoreDNS compresses an answer that would fit without, to spare it from IP fragments (its request.go, ScrubWriter). */
const fragmenting = 1480;

/**
 * Writes a reply of at most `limit` bytes as CoreDNS does: names in full where that fits; else compressed (RFC 1035 4.1.4), but never the
 * target of an SRV record (RFC 2782), which later names may point to. Records that do not fit then are left out from the end, and TC is set.
 */
export function writeReply(query: Query, reply: Reply, limit: number): Buffer {
  const inFull = write(query, reply, Math.min(limit, fragmenting), false);
  return inFull.truncated ? write(query, reply, limit, true).bytes : inFull.bytes;
}

function write(query: Query, reply: Reply, limit: number, compress: boolean): { readonly bytes: Buffer; readonly truncated: boolean } {
  const opt = query.edns === null ? Buffer.alloc(0) : writeOpt(query.edns.payload, reply.rcode);
  const names: Names = { at: new Map(), compress };
  const head = Buffer.alloc(12);
  const question = Buffer.concat([writeName(query.name, 12, names), uint16(query.type), uint16(query.class)]);
  const parts: Buffer[] = [head, question];
  let size = 12 + question.length;
  let truncated = false;

  const section = (records: readonly ResourceRecord[]): number => {
    let count = 0;
    for (const record of truncated ? [] : records) {
      const bytes = writeRecord(record, size, names);
      truncated = size + bytes.length + opt.length > limit;
      if (truncated) break;
      parts.push(bytes);
      size += bytes.length;
      count++;
    }
    return count;
  };
  const counts = [1, section(reply.answers), section(reply.authority), section(reply.additional) + (opt.length > 0 ? 1 : 0)];

  const flags = [0x8000, query.opcode << 11, reply.authoritative && 0x400, truncated && 0x200, query.recursionDesired && 0x100];
  head.writeUInt16BE(query.id, 0);
  head.writeUInt16BE(
    flags.reduce<number>((sum, flag) => sum | Number(flag), reply.rcode & 15),
    2,
  );
  for (const [i, count] of counts.entries()) head.writeUInt16BE(count, 4 + 2 * i);
  return { bytes: Buffer.concat([...parts, opt]), truncated };
}

function writeOpt(payload: number, rcode: number): Buffer {
  return Buffer.from([0, 0, 41, payload >> 8, payload & 255, rcode >> 4, 0, 0, 0, 0, 0]);
}

function writeRecord({ name, ttl, data }: ResourceRecord, at: number, names: Names): Buffer {
  const owner = writeName(name, at, names);
  const fixed = Buffer.alloc(10);
  const body = writeData(data, at + owner.length + fixed.length, names);
  fixed.writeUInt16BE(recordTypes[data.type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(body.length, 8);
  return Buffer.concat([owner, fixed, body]);
}

function writeData(data: RecordData, at: number, names: Names): Buffer {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return Buffer.from(data.address.value.toString(16).padStart(data.address.family === 4 ? 8 : 32, '0'), 'hex');
    case 'NS':
    case 'CNAME':
      return writeName(data.target, at, names);
    case 'SRV': {
      const numbers = [data.priority, data.weight, data.port].map(uint16);
      return Buffer.concat([...numbers, writeName(data.target, at + 6, names, false)]);
    }
    case 'TXT':
      return Buffer.from(`${String.fromCharCode(data.text.length)}${data.text}`, 'latin1');
    case 'SOA': {
      const primary = writeName(data.primary, at, names);
      const mailbox = writeName(data.mailbox, at + primary.length, names);
      const numbers = data.numbers.map((number) => Buffer.from(number.toString(16).padStart(8, '0'), 'hex'));
      return Buffer.concat([primary, mailbox, ...numbers]);
    }
    default: {
      const never: never = data;
      return never;
    }
  }
}

/** Writes a name at offset `at`, and remembers the offsets of its ends; a pointer reaches the first 16 KiB only. */
function writeName(name: Name, at: number, names: Names, compress = true): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0, offset = at; i < name.length; i++) {
    const end = name.slice(i).join('\0');
    const known = names.at.get(end);
    if (compress && names.compress && known !== undefined) return Buffer.concat([...parts, uint16(0xc000 | known)]);
    if (known === undefined && offset < 0x4000) names.at.set(end, offset);
    const label = Buffer.from(name[i] ?? '', 'latin1');
    parts.push(Buffer.from([label.length]), label);
    offset += label.length + 1;
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}
