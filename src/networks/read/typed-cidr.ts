import IpCidr from 'ip-cidr';
import { parseAddress, unmapped } from '../../ip/address.ts';
import { networkOf, type ParsedNetwork, parseNetwork } from '../../ip/network.ts';
import { type Problem, problemWith } from '../../problem/problem.ts';
import { whyNoNetwork } from './cidr-errors.ts';

/**
 * Reads a network that somebody typed: ip-cidr says whether it is one and where it begins and ends. What ip-cidr is lax
 * about is settled before: it takes zones and names no prefix for bare addresses, and it makes a single address of an
 * IPv4-mapped network. Returns the problem when it is none; `where` is the option it was given to.
 */
export function readTyped(text: string, where: string): ParsedNetwork | Problem {
  const strict = parseNetwork(text);
  const cidr = plainCidr(text);
  if (strict === null || cidr === null || !IpCidr.isValidCIDR(cidr)) {
    return problemWith({ at: { file: where } }, 'network.not-a-cidr', { got: JSON.stringify(text), why: whyNoNetwork(text) });
  }
  const [start, end] = rangeOf(new IpCidr(cidr));
  const prefix = Number(cidr.slice(cidr.indexOf('/') + 1));
  const network = networkOf({ family: strict.family, value: start, text: '' }, prefix);
  if (network.last !== end) throw new TypeError(`ip-cidr ends ${cidr} at ${end}`);
  return { ...network, hostBits: strict.hostBits };
}

/** The first and last address as ip-cidr sees them. */
export function rangeOf(cidr: IpCidr): readonly [bigint, bigint] {
  const [start, end] = cidr.toRange<bigint>({ type: 'bigInteger' });
  return [start, end];
}

/** `address/prefix` with IPv4-mapped IPv6 folded and a bare address as a network of one; null when there is no address. */
function plainCidr(text: string): string | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const prefix = slash < 0 ? (address.family === 4 ? 32 : 128) : Number(text.slice(slash + 1));
  const folded = prefix >= 96 ? unmapped(address) : address;
  // In hexadecimal: ip-cidr takes whatever ends in a dotted quad for IPv4.
  const plain = folded.family === 4 ? folded.text : (folded.value.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
  return `${plain}/${folded.family === address.family ? prefix : prefix - 96}`;
}
