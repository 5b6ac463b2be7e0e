import type { Address } from '../../ip/address.ts';
import { knownAddress } from './address-cache.ts';
import type { Found } from './read-answer.ts';
import { recordType, u16 } from './read-message.ts';

/** Where the records of a plain answer are: each the same number of bytes behind the one before it. */
export interface PlainRecords {
  readonly count: number;
  /** Where the first RDATA is. */
  readonly data: number;
  readonly stride: number;
  /** Smallest TTL, in seconds. */
  readonly ttl: number;
}

/**
 * Recognises the answer that nearly all are: good, with nothing but address records of the very name that was asked for, each
 * owner a pointer to the question or the question's name once more (CoreDNS compresses only what would not fit otherwise), and
 * at most an OPT behind them. Null for any other, which `readMessage` and `readAnswer` then read; for these they come to the
 * same, at a quarter more of the cost of a whole question.
 *
 * @param at where the question ends
 */
export function plainRecords(bytes: Buffer, at: number, type: 'A' | 'AAAA'): PlainRecords | null {
  const count = u16(bytes, 6);
  const additionals = u16(bytes, 10);
  const size = type === 'A' ? 4 : 16;
  if (((bytes[3] ?? 0) & 15) !== 0 || count === 0 || u16(bytes, 8) !== 0 || additionals > 1) return null;
  const owner = u16(bytes, at) === 0xc00c ? 2 : at - 16;
  const stride = owner + 10 + size;
  const end = at + count * stride;
  if (end > bytes.length) return null;
  let ttl = 0x7fff_ffff;
  for (let here = at; here < end; here += stride) {
    const fixed = here + owner;
    if (owner === 2 ? u16(bytes, here) !== 0xc00c : !isQuestionsName(bytes, here, owner)) return null;
    if (u16(bytes, fixed) !== recordType[type] || u16(bytes, fixed + 2) !== 1 || u16(bytes, fixed + 8) !== size) return null;
    const seconds = bytes.readUInt32BE(fixed + 4);
    if (seconds > 0x7fff_ffff) return null;
    if (seconds < ttl) ttl = seconds;
  }
  if (additionals === 1 ? !isPlainOpt(bytes, end) : end !== bytes.length) return null;
  return { count, data: at + owner + 10, stride, ttl };
}

function isQuestionsName(bytes: Buffer, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== bytes[12 + i]) return false;
  return true;
}

/** Reads a plain answer; null where nothing can connect to one of its addresses. */
export function plainAnswer(bytes: Buffer, { count, data, stride, ttl }: PlainRecords, type: 'A' | 'AAAA'): Found | null {
  const addresses: Address[] = [];
  for (let i = 0; i < count; i++) {
    const address = usable(bytes, data + i * stride, type);
    if (address === null) return null;
    addresses.push(address);
  }
  return { kind: 'found', ttl, aliases: none, addresses, services: none, texts: none };
}

const none: readonly never[] = [];

/** The address, null where nothing can connect to it: this network, multicast, broadcast, unspecified, IPv4-mapped IPv6. */
export function usable(bytes: Buffer, at: number, type: 'A' | 'AAAA'): Address | null {
  const first = bytes[at] ?? 0;
  // HAProxy takes 0.0.0.0 as "wherever the client wanted to go".
  if (type === 'A') return first === 0 || first >= 224 ? null : knownAddress(bytes, at, 4);
  const address = knownAddress(bytes, at, 6);
  const useless = first === 0xff || (first === 0 && (address.value === 0n || address.value >> 32n === 0xffffn));
  return useless ? null : address;
}

/** An OPT record without an extended rcode that is the end of the message (RFC 6891, 6.1.2). */
function isPlainOpt(bytes: Buffer, at: number): boolean {
  return (
    at + 11 <= bytes.length &&
    bytes[at] === 0 &&
    u16(bytes, at + 1) === recordType.OPT &&
    bytes[at + 5] === 0 &&
    at + 11 + u16(bytes, at + 9) === bytes.length
  );
}
