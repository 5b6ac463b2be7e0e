import { type Address, formatAddress, parseAddress, unmapped } from './address.ts';

/** A CIDR network: `first` and `last` are the values of its lowest and highest address. */
export interface Network {
  readonly family: 4 | 6;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
  /** Canonical `address/prefix`, host bits cleared. */
  readonly cidr: string;
}

/** A network that was read from text, and whether bits beyond the prefix were set there. */
export interface ParsedNetwork extends Network {
  readonly hostBits: boolean;
}

/**
 * Reads `address/prefix`, or a bare address as a network of one. IPv4-mapped IPv6 becomes IPv4 when the prefix reaches
 * into the mapped part. Null when it is no network.
 */
export function parseNetwork(text: string): ParsedNetwork | null {
  const slash = text.indexOf('/');
  const parsed = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (parsed === null) return null;
  const prefixText = slash < 0 ? undefined : text.slice(slash + 1);
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return null;
  const width = parsed.family === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? width : Number(prefixText);
  if (prefix > width) return null;
  const address = prefix >= 96 ? unmapped(parsed) : parsed;
  return networkOf(address, address.family === parsed.family ? prefix : prefix - 96);
}

/** The network of `prefix` bits that holds the address. */
export function networkOf(address: Address, prefix: number): ParsedNetwork {
  const width = address.family === 4 ? 32n : 128n;
  const hosts = (1n << (width - BigInt(prefix))) - 1n;
  const first = address.value & ~hosts;
  const text = first === address.value && address.text !== '' ? address.text : formatAddress(address.family, first);
  const cidr = `${text}/${prefix}`;
  return { family: address.family, prefix, first, last: first + hosts, cidr, hostBits: first !== address.value };
}

/** Whether the address lies in the network; families never mix. */
export function contains(network: Network, address: Address): boolean {
  return network.family === address.family && network.first <= address.value && address.value <= network.last;
}

/** How a first network overlaps a second: `inside` means that the first lies in the second. */
export type Relation = 'same' | 'inside' | 'contains';

/**
 * How `other` overlaps `network`; null when they share no address. CIDR blocks are aligned to their size, so one always holds
 * the other whole.
 */
export function relationOf(other: Network, network: Network): Relation | null {
  if (other.family !== network.family || other.first > network.last || network.first > other.last) return null;
  if (other.prefix === network.prefix) return 'same';
  return other.prefix > network.prefix ? 'inside' : 'contains';
}

/** The network of one address; IPv4-mapped IPv6 becomes IPv4. */
export function hostNetwork(address: Address): Network {
  const plain = unmapped(address);
  return networkOf(plain, plain.family === 4 ? 32 : 128);
}

/** Whether the first network is the second, or lies in it. */
export function isWithin(inner: Network, outer: Network): boolean {
  return inner.family === outer.family && outer.first <= inner.first && inner.last <= outer.last;
}
