import { type Address, parseAddress } from '../../ip/address.ts';
import { contains, hostNetwork, type Network, parseNetwork } from '../../ip/network.ts';
import { addKnown, type Inventory } from '../facts/inventory.ts';
import type { Gateway, Route } from '../facts/known.ts';

/** The relevant keys of one element of `ip -j route show table all`. */
interface RouteEntry {
  readonly type?: unknown;
  readonly dst?: unknown;
  readonly gateway?: unknown;
  readonly via?: unknown;
  readonly dev?: unknown;
  readonly table?: unknown;
  readonly protocol?: unknown;
  readonly prefsrc?: unknown;
  readonly nexthops?: unknown;
}

/** Types of the routes that the kernel makes beside each address; they add nothing to the address. */
const madeByAddresses = new Set(['broadcast', 'multicast', 'anycast']);

/** Default routes and OpenVPN's two halves of the address space (a prefix of 1) match everything, so they conflict with nothing. moby leaves them out too. */
const halfOfAll = 1;

/**
 * Makes a reader of `ip -j route` elements, which adds each route and its gateways and returns the errors in the element. It
 * remembers the gateways it has added: a table may have a million routes and three gateways.
 */
export function routeReader(inventory: Inventory): (entry: object) => readonly string[] {
  const gateways = new Set<string>();
  return (entry) => addRoute(inventory, entry as RouteEntry, gateways);
}

function addRoute(inventory: Inventory, entry: RouteEntry, added: Set<string>): readonly string[] {
  if (Object.keys(entry).length === 0) return [];
  const { dst, type = 'unicast' } = entry;
  if (typeof dst !== 'string') return ['it has no dst'];
  if (typeof type !== 'string') return [`${dst} has a type that is not a word`];
  if (madeByAddresses.has(type)) return [];
  const network = dst === 'default' ? null : parseNetwork(dst);
  if (dst !== 'default' && network === null) return [`the dst ${JSON.stringify(dst)} is not a network`];
  const hops = nextHops(entry);
  if (hops === null) return [`${dst} has a gateway that is not an address`];
  for (const { gateway, device } of hops) {
    const key = `${gateway?.text} ${device}`;
    if (gateway === null || added.has(key)) continue;
    added.add(key);
    addKnown(inventory, gatewayOf(gateway, device, dst));
  }
  if (network !== null && network.prefix > halfOfAll) addKnown(inventory, routeOf(network, type, entry, hops));
  return [];
}

interface NextHop {
  readonly gateway: Address | null;
  readonly device: string | null;
}

/** The next hops of a route, at least one; null when a gateway cannot be read. */
function nextHops(entry: RouteEntry): readonly NextHop[] | null {
  const hops: NextHop[] = [];
  const several = Array.isArray(entry.nexthops) ? (entry.nexthops as readonly unknown[]) : [];
  for (const hop of several.length > 0 ? several : [entry]) {
    if (typeof hop !== 'object' || hop === null) return null;
    const { gateway, via, dev } = hop as RouteEntry;
    const host = gateway ?? (typeof via === 'object' && via !== null ? (via as { readonly host?: unknown }).host : undefined);
    const address = typeof host === 'string' ? parseAddress(host) : null;
    if (host !== undefined && address === null) return null;
    hops.push({ gateway: address, device: typeof dev === 'string' ? dev : typeof entry.dev === 'string' ? entry.dev : null });
  }
  return hops;
}

function gatewayOf(gateway: Address, device: string | null, of: string): Gateway {
  const name = of === 'default' ? 'default gateway' : `gateway of ${of}`;
  return { kind: 'gateway', network: hostNetwork(gateway), device, of, name };
}

function routeOf(network: Network, type: string, entry: RouteEntry, hops: readonly NextHop[]): Route {
  const device = hops[0]?.device ?? null;
  const gateways = hops.flatMap(({ gateway }) => gateway ?? []);
  const table = typeof entry.table === 'string' || typeof entry.table === 'number' ? String(entry.table) : 'main';
  const protocol = typeof entry.protocol === 'string' ? entry.protocol : 'boot';
  const source = typeof entry.prefsrc === 'string' ? parseAddress(entry.prefsrc) : null;
  // The route that the kernel makes for an address. IPv6 routes have no prefsrc.
  const ofAddress = network.family === 6 || (source !== null && contains(network, source));
  const onLink = type === 'unicast' && protocol === 'kernel' && gateways.length === 0 && ofAddress;
  return { kind: 'route', network, name: device ?? type, device, gateways, type, table, protocol, onLink };
}
