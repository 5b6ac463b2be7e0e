import { type Address, formatAddress } from '../../ip/address.ts';
import { u16 } from './read-message.ts';

/** Pods of the largest clusters fit several times; beyond that the memory starts afresh. */
const most = 100_000;
const four = new Map<number, Address>();
const six = new Map<string, Address>();

/**
 * The address in four or sixteen bytes. The same bytes give the same object as long as it is remembered: the same pods are
 * in every answer, and making them anew was the larger part of reading one.
 */
export function knownAddress(bytes: Buffer, at: number, family: 4 | 6): Address {
  return family === 4 ? knownV4(u16(bytes, at) * 65_536 + u16(bytes, at + 2)) : knownV6(bytes.toString('latin1', at, at + 16));
}

function knownV4(value: number): Address {
  const before = four.get(value);
  if (before !== undefined) return before;
  if (four.size >= most) four.clear();
  const made: Address = { family: 4, value: BigInt(value), text: formatAddress(4, BigInt(value)) };
  four.set(value, made);
  return made;
}

function knownV6(key: string): Address {
  const before = six.get(key);
  if (before !== undefined) return before;
  if (six.size >= most) six.clear();
  let value = 0n;
  for (let i = 0; i < 16; i++) value = (value << 8n) | BigInt(key.charCodeAt(i));
  const made: Address = { family: 6, value, text: formatAddress(6, value) };
  six.set(key, made);
  return made;
}
