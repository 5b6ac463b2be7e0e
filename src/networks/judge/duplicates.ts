import { formatAddress } from '../../ip/address.ts';
import { networkOf } from '../../ip/network.ts';
import type { KnownNetwork, Route } from './known.ts';

/**
 * Drops the routes that only repeat an interface: the kernel makes a connected route for each network and a local one
 * for each address, and one fact is told once. Also drops what is listed twice, in two tables or for two addresses.
 */
export function withoutDuplicates(known: readonly KnownNetwork[]): readonly KnownNetwork[] {
  const told = new Set<string>();
  const onLink = new Set<string>();
  const prefixes = new Set<number>();
  for (const item of known) {
    if (item.kind === 'interface') {
      told.add(`${item.name} ${item.network.cidr}`);
      if (item.address !== null) told.add(item.address.text);
    } else if (item.kind === 'route' && item.onLink) {
      onLink.add(`${item.name} ${item.network.cidr}`);
      prefixes.add(item.network.prefix);
    }
  }
  /** Whether an on-link route of the same device is around it: then that one tells the fact. */
  const within = ({ name, network }: Route): boolean => {
    const address = { family: network.family, value: network.first, text: '' };
    return [...prefixes].some((prefix) => prefix < network.prefix && onLink.has(`${name} ${networkOf(address, prefix).cidr}`));
  };
  const repeats = (route: Route): boolean => {
    if (told.has(`${route.name} ${route.network.cidr}`)) return true;
    const { family, first, last } = route.network;
    return route.type === 'local' && ((first === last && told.has(formatAddress(family, first))) || within(route));
  };
  const seen = new Set<string>();
  return known.filter((item) => {
    if (item.kind === 'route' && repeats(item)) return false;
    // What people wrote down is kept line by line, so that each can be found.
    if (item.kind === 'flag' || item.kind === 'file' || item.kind === 'config') return true;
    const key = `${item.kind} ${item.network.cidr} ${item.kind === 'gateway' ? '' : item.name}`;
    const repeated = seen.has(key);
    seen.add(key);
    return !repeated;
  });
}
