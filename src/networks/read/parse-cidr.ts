import IpCidr from 'ip-cidr';
import { parseAddress, unmapped } from '../../ip/address.ts';
import { networkOf, type ParsedNetwork, parseNetwork } from '../../ip/network.ts';
import { type Problem, problemWith } from '../../problem/problem.ts';
import { networkError } from './cidr-errors.ts';

/**
 * Reads a network given on the command line with ip-cidr. Where ip-cidr is lax, the text is put right before: it accepts
 * zones, gives a bare address no prefix, and reduces an IPv4-mapped network to a single address. Returns the problem when
 * the text is not a network; `option` is the option it was given to.
 */
export function parseCidr(text: string, option: string): ParsedNetwork | Problem {
  const strict = parseNetwork(text);
  const cidr = plainCidr(text);
  if (strict === null || cidr === null || !IpCidr.isValidCIDR(cidr)) {
    return problemWith({ at: { file: option } }, 'network.not-a-cidr', { got: JSON.stringify(text), why: networkError(text) });
  }
  const [start, end] = rangeOf(new IpCidr(cidr));
  const prefix = Number(cidr.slice(cidr.indexOf('/') + 1));
  const network = networkOf({ family: strict.family, value: start, text: '' }, prefix);
  if (network.last !== end) throw new TypeError(`ip-cidr ends ${cidr} at ${end}`);
  return { ...network, hostBits: strict.hostBits };
}

/** The first and last address according to ip-cidr. */
export function rangeOf(cidr: IpCidr): readonly [bigint, bigint] {
  const [start, end] = cidr.toRange<bigint>({ type: 'bigInteger' });
  return [start, end];
}

/** `address/prefix`, with IPv4-mapped IPv6 as IPv4 and a bare address as a network of one; null when there is no address. */
function plainCidr(text: string): string | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const prefix = slash < 0 ? (address.family === 4 ? 32 : 128) : Number(text.slice(slash + 1));
  const folded = prefix >= 96 ? unmapped(address) : address;
  // In hexadecimal: ip-cidr takes every text that ends in a dotted quad for IPv4.
  const plain = folded.family === 4 ? folded.text : (folded.value.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
  return `${plain}/${folded.family === address.family ? prefix : prefix - 96}`;
}
