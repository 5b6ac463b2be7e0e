import { type Address, parseAddress, unmapped } from './address.ts';
import { parseNetwork } from './network.ts';

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

/** Whether the address is one of the range; families never mix. */
export function inRange(range: AddressRange, { family, value }: Address): boolean {
  return range.family === family && range.first <= value && value <= range.last;
}
