import { relationOf } from '../network.ts';
import type { Known, Route } from './known.ts';

/**
 * Drops the routes that only repeat an interface: the kernel makes a connected route for each network and a local one
 * for each address, and one fact is told once. Also drops what is listed twice, in two tables or for two addresses.
 */
export function withoutEchoes(known: readonly Known[]): readonly Known[] {
  const told = new Set<string>();
  for (const item of known) {
    if (item.kind === 'interface') {
      told.add(`${item.name} ${item.network.cidr}`);
      if (item.address !== null) told.add(item.address.text);
    }
  }
  const onLink = new Map<string, Route[]>();
  for (const item of known) {
    if (item.kind === 'route' && item.onLink) onLink.set(item.name, [...(onLink.get(item.name) ?? []), item]);
  }
  const repeats = (route: Route): boolean => {
    if (route.gateways.length > 0) return false;
    if (told.has(`${route.name} ${route.network.cidr}`)) return true;
    if (route.type !== 'local') return false;
    const address = route.network.cidr.slice(0, route.network.cidr.lastIndexOf('/'));
    return told.has(address) || (onLink.get(route.name) ?? []).some((other) => relationOf(route.network, other.network) === 'inside');
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
