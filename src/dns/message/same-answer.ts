import type { PlainRecords } from './address-answer.ts';
import type { Found, SrvTarget } from './read-answer.ts';
import type { Message } from './read-message.ts';

/** A good answer, to hold the next one against. */
export interface Last {
  readonly found: Found;
  /** As it came. Null after the first answer: who asks once needs no copy of it. */
  readonly bytes: Buffer | null;
  /** Where the TTLs of all records are; those of the answer section first. */
  readonly ttls: readonly number[];
  readonly answers: number;
  /** What is in the A records of a plain answer, sorted; null for any other. */
  readonly values: Uint32Array | null;
}

/** Keeps what was found, and not how it came. */
export function lastFound(found: Found): Last {
  return { found, bytes: null, ttls: [], answers: 0, values: null };
}

/** Keeps an answer with a copy of its bytes: what arrived may be part of something much larger. */
export function lastOf({ bytes, answers, authorities, additionals }: Message, found: Found): Last {
  const ttls = [...answers, ...authorities, ...additionals].map(({ data }) => data - 6);
  return { found, bytes: Buffer.from(bytes), ttls, answers: answers.length, values: null };
}

/** The same for an answer of plain A records, of which their values are enough. */
export function lastOfPlain(bytes: Buffer, records: PlainRecords, found: Found): Last {
  return { ...lastFound(found), values: valuesOf(bytes, records) };
}

/**
 * Whether the plain A records hold the same addresses as the last answer, in whatever order: CoreDNS's `loadbalance` shuffles
 * them each time.
 *
 * @returns what was found, with the TTL of now; null when anything differs
 */
export function reordered({ values, found }: Last, answer: Buffer, records: PlainRecords): Found | null {
  if (values === null || values.length !== records.count) return null;
  const now = valuesOf(answer, records);
  for (let i = 0; i < now.length; i++) if (now[i] !== values[i]) return null;
  return withTtl(found, records.ttl);
}

function valuesOf(bytes: Buffer, { count, data, stride }: PlainRecords): Uint32Array {
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = bytes.readUInt32BE(data + i * stride);
  return values.sort();
}

function withTtl(found: Found, ttl: number): Found {
  return ttl === found.ttl ? found : { ...found, ttl };
}

/**
 * Whether the answer is the last one again, byte for byte but for its id, the letters of the question (which were held
 * against the query already) and TTLs. Its records then need not be read.
 *
 * @param at where the question ends
 * @returns what was found, with the TTL of now; null when anything differs
 */
export function repeated(last: Last, answer: Buffer, at: number): Found | null {
  const { bytes, ttls, answers, found } = last;
  if (bytes === null || bytes.length !== answer.length) return null;
  for (let i = 2; i < 12; i++) if (bytes[i] !== answer[i]) return null;
  let here = at;
  for (const stop of ttls) {
    for (; here < stop; here++) if (bytes[here] !== answer[here]) return null;
    here = stop + 4;
  }
  for (; here < bytes.length; here++) if (bytes[here] !== answer[here]) return null;
  let ttl = 0x7fff_ffff;
  for (let i = 0; i < answers; i++) {
    const seconds = answer.readUInt32BE(ttls[i] ?? 0);
    // RFC 2181, 8: a TTL with its top bit set is 0.
    ttl = Math.min(ttl, seconds > 0x7fff_ffff ? 0 : seconds);
  }
  return withTtl(found, ttl);
}

/** The new finding; where it is the last one in another order, with the very arrays of the last one, so that `===` tells. */
export function settled(last: Found, now: Found): Found {
  const same =
    sameMembers(last.addresses, now.addresses) && sameServices(last.services, now.services) && sameMembers(last.texts, now.texts);
  return same ? { ...now, addresses: last.addresses, services: last.services, texts: last.texts } : now;
}

/** Addresses are one object each as long as they are remembered; where they are not, they count as changed. */
function sameMembers<T>(last: readonly T[], now: readonly T[]): boolean {
  if (last.length !== now.length) return false;
  if (last.every((each, i) => each === now[i])) return true;
  const members = new Set(last);
  return members.size === last.length && new Set(now).size === now.length && now.every((each) => members.has(each));
}

function sameServices(last: readonly SrvTarget[], now: readonly SrvTarget[]): boolean {
  if (last.length !== now.length) return false;
  const key = ({ target, port }: SrvTarget) => `${target}:${port}`;
  const known = new Map(last.map((each) => [key(each), each]));
  const met = new Set(now.map(key));
  if (known.size !== last.length || met.size !== now.length) return false;
  return now.every((each) => {
    const before = known.get(key(each));
    return before !== undefined && sameMembers(before.addresses, each.addresses);
  });
}
