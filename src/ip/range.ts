import { type Address, formatAddress, parseAddress, unmapped } from './address.ts';
import { type Network, networkOf, parseNetwork } from './network.ts';

/** A run of addresses of one family, from `first` to `last`, both included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  /** As it was written. */
  readonly text: string;
}

/** Reads `address`, `address/prefix` (every address of the network) or `first-last`. IPv4-mapped IPv6 becomes IPv4. Null when it is none of these. */
export function parseRange(text: string): AddressRange | null {
  const dash = text.indexOf('-');
  if (dash < 0) {
    const network = parseNetwork(text);
    return network === null || network.hostBits ? null : { family: network.family, first: network.first, last: network.last, text };
  }
  const [first, last] = [parseAddress(text.slice(0, dash)), parseAddress(text.slice(dash + 1))];
  if (first === null || last === null) return null;
  const [from, to] = [unmapped(first), unmapped(last)];
  if (from.family !== to.family || from.value > to.value) return null;
  return { family: from.family, first: from.value, last: to.value, text };
}

/** The fewest networks that have the addresses of the range, and no others. */
export function networksOf({ family, first, last }: AddressRange): readonly Network[] {
  const width = family === 4 ? 32 : 128;
  const out: Network[] = [];
  for (let from = first; from <= last; ) {
    let bits = 0;
    while (bits < width && (from >> BigInt(bits)) % 2n === 0n && from + (1n << BigInt(bits + 1)) - 1n <= last) bits += 1;
    out.push(networkOf({ family, value: from, text: formatAddress(family, from) }, width - bits));
    from += 1n << BigInt(bits);
  }
  return out;
}

/** Whether the address is one of the range; families never mix. */
export function inRange(range: AddressRange, { family, value }: Address): boolean {
  return range.family === family && range.first <= value && value <= range.last;
}
