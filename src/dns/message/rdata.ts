import { type Address, formatAddress } from '../../ip/address.ts';
import { recordType, type WireRecord } from './read-message.ts';

/**
 * The address of an A or AAAA record. Null where nothing can connect to it: this network, multicast, broadcast, unspecified,
 * IPv4-mapped IPv6. HAProxy takes 0.0.0.0 as the address that the client wanted.
 */
export function addressOfRecord(bytes: Buffer, { type, data }: WireRecord): Address | null {
  const first = bytes[data] ?? 0;
  if (type === recordType.A) return first === 0 || first >= 224 ? null : addressOf(4, BigInt(bytes.readUInt32BE(data)));
  const value = (bytes.readBigUInt64BE(data) << 64n) | bytes.readBigUInt64BE(data + 8);
  return first === 0xff || value === 0n || value >> 32n === 0xffffn ? null : addressOf(6, value);
}

function addressOf(family: 4 | 6, value: bigint): Address {
  return { family, value, text: formatAddress(family, value) };
}

/** The text of a TXT record: its strings one after the other (RFC 1035, section 3.3.14). Null when a length does not match. */
export function readText(bytes: Buffer, { data, end }: WireRecord): string | null {
  const strings: Buffer[] = [];
  for (let at = data; at < end; ) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > end) return null;
    strings.push(bytes.subarray(at + 1, next));
    at = next;
  }
  return strings.length === 0 ? null : Buffer.concat(strings).toString();
}
