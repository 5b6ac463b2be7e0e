import type { Address } from './address.ts';
import type { Found } from './answer.ts';
import { knownAddress } from './known-address.ts';
import { recordType, u16 } from './wire.ts';

/** What a plain answer holds, and where its TTLs are. */
export interface Plain {
  readonly found: Found;
  readonly ttls: readonly number[];
}

/**
 * Reads the answer that nearly all are: good, with nothing but address records of the very name that was asked for, each
 * owner a pointer to the question, and at most an OPT behind them. Null for any other, which `readMessage` and `readAnswer`
 * then read; for these they come to the same, at a quarter more of the cost of a whole question.
 *
 * @param at where the question ends
 */
export function plainAnswer(bytes: Buffer, at: number, type: 'A' | 'AAAA'): Plain | null {
  const count = u16(bytes, 6);
  const additionals = u16(bytes, 10);
  const size = type === 'A' ? 4 : 16;
  if (((bytes[3] ?? 0) & 15) !== 0 || count === 0 || u16(bytes, 8) !== 0 || additionals > 1) return null;
  if (at + count * (12 + size) > bytes.length) return null;
  const addresses: Address[] = [];
  const ttls: number[] = [];
  let ttl = 0x7fff_ffff;
  let here = at;
  for (let i = 0; i < count; i++, here += 12 + size) {
    if (u16(bytes, here) !== 0xc00c || u16(bytes, here + 2) !== recordType[type]) return null;
    if (u16(bytes, here + 4) !== 1 || u16(bytes, here + 10) !== size) return null;
    const address = usable(bytes, here + 12, type);
    const seconds = bytes.readUInt32BE(here + 6);
    if (address === null || seconds > 0x7fff_ffff) return null;
    if (seconds < ttl) ttl = seconds;
    addresses.push(address);
    ttls.push(here + 6);
  }
  if (additionals === 1 ? !isPlainOpt(bytes, here) : here !== bytes.length) return null;
  return { found: { kind: 'found', ttl, aliases: none, addresses, services: none, texts: none }, ttls };
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
