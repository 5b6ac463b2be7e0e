import { formatAddress } from '../../ip/address.ts';
import { networkOf } from '../../ip/network.ts';
import type { KnownNetwork, Route } from '../facts/known.ts';

/**
 * Drops the routes that only repeat an interface: the kernel makes a connected route for each network and a local one for
 * each address. Also drops what is listed twice, in two tables or for two addresses.
 */
export function withoutDuplicates(known: readonly KnownNetwork[]): readonly KnownNetwork[] {
  const ofInterfaces = new Set<string>();
  const onLink = new Set<string>();
  const onLinkPrefixes = new Set<number>();
  for (const item of known) {
    if (item.kind === 'interface') {
      ofInterfaces.add(`${item.name} ${item.network.cidr}`);
      if (item.address !== null) ofInterfaces.add(item.address.text);
    } else if (item.kind === 'route' && item.onLink) {
      onLink.add(`${item.name} ${item.network.cidr}`);
      onLinkPrefixes.add(item.network.prefix);
    }
  }
  const liesInOnLinkRoute = ({ name, network }: Route): boolean => {
    const address = { family: network.family, value: network.first, text: '' };
    return [...onLinkPrefixes].some((prefix) => prefix < network.prefix && onLink.has(`${name} ${networkOf(address, prefix).cidr}`));
  };
  const repeatsInterface = (route: Route): boolean => {
    const { family, first, last, cidr } = route.network;
    if (ofInterfaces.has(`${route.name} ${cidr}`)) return true;
    return route.type === 'local' && ((first === last && ofInterfaces.has(formatAddress(family, first))) || liesInOnLinkRoute(route));
  };
  const listed = new Set<string>();
  return known.filter((item) => {
    if (item.kind === 'route' && repeatsInterface(item)) return false;
    // Declared networks are all kept, so that a user finds each line.
    if (item.kind === 'flag' || item.kind === 'file' || item.kind === 'config') return true;
    const key = `${item.kind} ${item.network.cidr} ${item.kind === 'gateway' ? '' : item.name}`;
    const repeated = listed.has(key);
    listed.add(key);
    return !repeated;
  });
}
