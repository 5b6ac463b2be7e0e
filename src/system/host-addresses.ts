import { networkInterfaces } from 'node:os';
import { type Address, parseAddress } from '../ip/address.ts';

/** The addresses that this host has now, on all of its interfaces that are up. */
export function hostAddresses(): readonly Address[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ address }) => parseAddress(address) ?? []));
}
