import { skipName } from './wire-name.ts';

/** Numbers of record types (RFC 1035, 2782, 3596, 6891) that podfront reads or asks. */
export const recordType = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, SRV: 33, OPT: 41 } as const;

/** The class IN (RFC 1035, section 3.2.4). */
export const classIn = 1;

/** One record of a message, as places in its bytes: `owner` is where its name starts, `data` and `end` enclose its RDATA. */
export interface WireRecord {
  readonly owner: number;
  readonly type: number;
  readonly class: number;
  /** Seconds. A TTL with its top bit set counts as 0 (RFC 2181, section 8). */
  readonly ttl: number;
  readonly data: number;
  readonly end: number;
}

/** A message whose names, records and lengths are all well-formed. */
export interface Message {
  readonly bytes: Buffer;
  /** With the upper bits from EDNS merged (RFC 6891, section 6.1.3). */
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
  readonly additionals: readonly WireRecord[];
}

/**
 * Reads the records after the question, which ends at `at`. Null when anything is malformed: a count that does not match, a name
 * that `skipName` refuses, an RDATA of the wrong length for a type that is used, bytes left over.
 * dns-packet is not used for this, because it ignores the RDLENGTH of addresses and reads beyond truncated ones.
 */
export function readMessage(bytes: Buffer, at: number): Message | null {
  const sections: WireRecord[][] = [[], [], []];
  let upperRcode = 0;
  let opts = 0;
  let here = at;
  for (const [i, records] of sections.entries()) {
    for (let count = u16(bytes, 6 + 2 * i); count > 0; count--) {
      const record = readRecord(bytes, here);
      if (record === null) return null;
      if (record.type === recordType.OPT) {
        if (i !== 2 || bytes[record.owner] !== 0 || ++opts > 1) return null;
        upperRcode = bytes[record.data - 6] ?? 0;
      } else records.push(record);
      here = record.end;
    }
  }
  if (here !== bytes.length) return null;
  const [answers = [], authorities = [], additionals = []] = sections;
  const rcode = (upperRcode << 4) | ((bytes[3] ?? 0) & 15);
  return { bytes, rcode, authoritative: ((bytes[2] ?? 0) & 4) !== 0, answers, authorities, additionals };
}

function readRecord(bytes: Buffer, owner: number): WireRecord | null {
  const fixed = skipName(bytes, owner);
  if (fixed < 0 || fixed + 10 > bytes.length) return null;
  const type = u16(bytes, fixed);
  const data = fixed + 10;
  const end = data + u16(bytes, fixed + 8);
  if (end > bytes.length || !isWellFormed(bytes, type, data, end)) return null;
  const ttl = u32(bytes, fixed + 4);
  return { owner, type, class: u16(bytes, fixed + 2), ttl: ttl > 0x7fff_ffff ? 0 : ttl, data, end };
}

/** Whether the RDATA has the form of its type. */
function isWellFormed(bytes: Buffer, type: number, data: number, end: number): boolean {
  switch (type) {
    case recordType.A:
      return end - data === 4;
    case recordType.AAAA:
      return end - data === 16;
    case recordType.SRV:
      return end - data > 6 && skipName(bytes, data + 6) === end;
    case recordType.CNAME:
    case recordType.NS:
      return skipName(bytes, data) === end;
    case recordType.SOA: {
      const names = skipName(bytes, data);
      return names > 0 && skipName(bytes, names) === end - 20;
    }
    default:
      return true;
  }
}

/** The unsigned 16-bit number at `at`, 0 beyond the end. */
export function u16(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

/** The unsigned 32-bit number at `at`, 0 beyond the end. */
export function u32(bytes: Buffer, at: number): number {
  return u16(bytes, at) * 65_536 + u16(bytes, at + 2);
}
