import { isWithin, type Network } from '../../ip/network.ts';

/** A predicate: whether the user accepts overlaps with this network, which belongs to a device or (null) to none. */
export type IsIgnored = (network: Network, device: string | null) => boolean;

/** The predicate for what `--ignore` names, and the names that matched nothing. */
export interface IgnoreList {
  readonly isIgnored: IsIgnored;
  /** The names that have matched nothing so far. */
  readonly unmatched: () => readonly string[];
}

/**
 * Ignores what is the same as, or lies inside, one of the networks, and what belongs to one of the interfaces: its addresses,
 * the routes over it and their gateways.
 */
export function ignoreList(networks: readonly Network[], interfaces: readonly string[]): IgnoreList {
  const names = new Set(interfaces);
  const matched = new Set<string>();
  const isIgnored: IsIgnored = (network, device) => {
    const matches = networks.filter((ignored) => isWithin(network, ignored)).map(({ cidr }) => cidr);
    if (device !== null && names.has(device)) matches.push(device);
    for (const match of matches) matched.add(match);
    return matches.length > 0;
  };
  return { isIgnored, unmatched: () => [...networks.map(({ cidr }) => cidr), ...names].filter((text) => !matched.has(text)) };
}
