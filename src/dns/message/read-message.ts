/** Numbers of record types (RFC 1035, 2782, 3596, 6891) that podfront reads or asks. */
export const recordType = { A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, NS: 2 } as const;

/** One record of a message, as places in its bytes: `owner` is where its name starts, `data` and `end` enclose its RDATA. */
export interface WireRecord {
  readonly owner: number;
  readonly type: number;
  readonly class: number;
  /** Seconds. A TTL with its top bit set counts as 0 (RFC 2181, 8). */
  readonly ttl: number;
  readonly data: number;
  readonly end: number;
}

/** A message whose every name, record and length was found sound. */
export interface Message {
  readonly bytes: Buffer;
  /** With the upper bits from EDNS merged (RFC 6891, 6.1.3). */
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
  readonly additionals: readonly WireRecord[];
}

/**
 * Reads the records after the question, which ends at `at`. Null when anything is not sound: a count that does not match, a
 * name that runs over or points forward, an RDATA of the wrong length for a type that is used, bytes left over.
 * dns-packet is not trusted with this: it ignores the RDLENGTH of addresses and reads beyond a cut one.
 */
export function readMessage(bytes: Buffer, at: number): Message | null {
  const sections: WireRecord[][] = [[], [], []];
  let upper = 0;
  let opts = 0;
  let here = at;
  for (const [i, records] of sections.entries()) {
    for (let left = u16(bytes, 6 + 2 * i); left > 0; left--) {
      const record = readRecord(bytes, here);
      if (record === null) return null;
      if (record.type === recordType.OPT) {
        if (i !== 2 || bytes[record.owner] !== 0 || ++opts > 1) return null;
        upper = bytes[record.data - 6] ?? 0;
      } else records.push(record);
      here = record.end;
    }
  }
  if (here !== bytes.length) return null;
  const [answers = [], authorities = [], additionals = []] = sections;
  const rcode = (upper << 4) | ((bytes[3] ?? 0) & 15);
  return { bytes, rcode, authoritative: ((bytes[2] ?? 0) & 4) !== 0, answers, authorities, additionals };
}

function readRecord(bytes: Buffer, owner: number): WireRecord | null {
  const fixed = skipName(bytes, owner);
  if (fixed < 0 || fixed + 10 > bytes.length) return null;
  const type = u16(bytes, fixed);
  const data = fixed + 10;
  const end = data + u16(bytes, fixed + 8);
  if (end > bytes.length || !soundData(bytes, type, data, end)) return null;
  const high = u16(bytes, fixed + 4);
  const ttl = high > 0x7fff ? 0 : high * 65_536 + u16(bytes, fixed + 6);
  return { owner, type, class: u16(bytes, fixed + 2), ttl, data, end };
}

function soundData(bytes: Buffer, type: number, data: number, end: number): boolean {
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

/**
 * Where the name at `at` ends, -1 when it is none: a pointer must lead to before the labels that lead to it, which bounds
 * the walk (RFC 1035, 4.1.4), and the whole is at most 255 bytes.
 */
export function skipName(bytes: Buffer, at: number): number {
  let here = at;
  let start = at;
  let end = -1;
  let length = 1;
  for (;;) {
    const size = bytes[here];
    if (size === undefined) return -1;
    if (size === 0) return end < 0 ? here + 1 : end;
    if (size < 64) {
      length += size + 1;
      here += size + 1;
      if (length > 255) return -1;
    } else {
      const low = bytes[here + 1];
      if (size < 192 || low === undefined) return -1;
      if (end < 0) end = here + 2;
      const target = (size & 63) * 256 + low;
      if (target >= start || target < 12) return -1;
      start = target;
      here = target;
    }
  }
}

/**
 * The text of a sound name in lower case, without final dot; '' for the root. Null when a label holds anything but letters,
 * digits, `-`, `_` and `*`: such a name is compared with none and shown to none.
 *
 * @param known names read before from this message, by place; most names of an answer end in the same labels
 */
export function nameAt(bytes: Buffer, at: number, known: Map<number, string | null>): string | null {
  const before = known.get(at);
  if (before !== undefined) return before;
  const size = bytes[at] ?? 0;
  let name: string | null = '';
  if (size >= 192) name = nameAt(bytes, (size & 63) * 256 + (bytes[at + 1] ?? 0), known);
  else if (size > 0) {
    const label = labelAt(bytes, at + 1, at + 1 + size);
    const rest = nameAt(bytes, at + 1 + size, known);
    name = label === null || rest === null ? null : rest === '' ? label : `${label}.${rest}`;
  }
  known.set(at, name);
  return name;
}

function labelAt(bytes: Buffer, from: number, to: number): string | null {
  let capitals = false;
  for (let at = from; at < to; at++) {
    const kind = plain[bytes[at] ?? 0];
    if (kind === 0) return null;
    if (kind === 2) capitals = true;
  }
  const label = bytes.toString('latin1', from, to);
  return capitals ? label.toLowerCase() : label;
}

/** The bytes that a plain label may hold: 1, capitals 2. */
const plain = Uint8Array.from({ length: 256 }, (_, code) => {
  const letter = String.fromCharCode(code);
  return /[A-Z]/.test(letter) ? 2 : /[a-z0-9_*-]/.test(letter) ? 1 : 0;
});

/** The unsigned 16-bit number at `at`, 0 beyond the end. */
export function u16(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
