import { type Address, parseAddress } from '../../ip/address.ts';
import { contains, type Network } from '../../ip/network.ts';
import type { KnownNetwork, Route } from '../judge/known.ts';
import { emptyScan, scanText } from './fast-cidr.ts';
import { admit, type Inventory } from './inventory.ts';

/** The keys of one element of `ip -j route show table all` that matter. */
interface Entry {
  readonly type?: unknown;
  readonly dst?: unknown;
  readonly gateway?: unknown;
  readonly via?: unknown;
  readonly dev?: unknown;
  readonly table?: unknown;
  readonly protocol?: unknown;
  readonly scope?: unknown;
  readonly prefsrc?: unknown;
  readonly nexthops?: unknown;
}

/** Made by the kernel beside each address; they say nothing that the address does not say. */
const echoes = new Set(['broadcast', 'multicast', 'anycast']);

/** Default routes and OpenVPN's two halves of the address space lead everywhere, so they conflict with nothing (moby does the same). */
const everywhere = 1;

const scan = emptyScan();
const single = emptyScan();

/** A reader of `ip -j route` elements; it remembers the gateways it has seen, since a table has a million routes and three gateways. */
export function routeTaker(intake: Inventory): (entry: object) => readonly string[] {
  const seen = new Set<string>();
  return (entry) => take(entry as Entry, intake, seen);
}

function take(entry: Entry, intake: Inventory, seen: Set<string>): readonly string[] {
  if (Object.keys(entry).length === 0) return [];
  const { dst, type: kind = 'unicast' } = entry;
  if (typeof dst !== 'string') return ['it has no dst'];
  if (typeof kind !== 'string') return [`${dst} has a type that is not a word`];
  if (echoes.has(kind)) return [];
  const isDefault = dst === 'default';
  if (!isDefault && !scanText(dst, scan)) return [`the dst ${JSON.stringify(dst)} is no network`];
  const hops = hopsOf(entry);
  if (hops === null) return [`${dst} has a gateway that is no address`];
  for (const { gateway, device } of hops) {
    const key = `${gateway?.text} ${device}`;
    if (gateway === null || seen.has(key)) continue;
    seen.add(key);
    if (scanText(gateway.text, single)) admit(intake, single, (network) => gatewayOf(network, device, isDefault ? 'default' : dst));
  }
  if (!isDefault && scan.prefix > everywhere) admit(intake, scan, (network) => routeOf(network, kind, entry, hops));
  return [];
}

interface Hop {
  readonly gateway: Address | null;
  readonly device: string | null;
}

/** The next hops of a route, at least one; null when a gateway cannot be read. */
function hopsOf(entry: Entry): readonly Hop[] | null {
  const hops: Hop[] = [];
  const listed = Array.isArray(entry.nexthops) ? (entry.nexthops as readonly unknown[]) : [];
  for (const hop of listed.length > 0 ? listed : [entry]) {
    if (typeof hop !== 'object' || hop === null) return null;
    const { gateway, via, dev } = hop as Entry;
    const host = gateway ?? (typeof via === 'object' && via !== null ? (via as { readonly host?: unknown }).host : undefined);
    const address = typeof host === 'string' ? parseAddress(host) : null;
    if (host !== undefined && address === null) return null;
    hops.push({ gateway: address, device: typeof dev === 'string' ? dev : typeof entry.dev === 'string' ? entry.dev : null });
  }
  return hops;
}

function gatewayOf(network: Network, device: string | null, of: string): KnownNetwork {
  return { kind: 'gateway', network, device, of, name: of === 'default' ? 'default gateway' : `gateway of ${of}` };
}

function routeOf(network: Network, type: string, entry: Entry, hops: readonly Hop[]): Route {
  const device = hops[0]?.device ?? null;
  const gateways = hops.flatMap(({ gateway }) => gateway ?? []);
  const table = typeof entry.table === 'string' || typeof entry.table === 'number' ? String(entry.table) : 'main';
  const protocol = typeof entry.protocol === 'string' ? entry.protocol : 'boot';
  const source = typeof entry.prefsrc === 'string' ? parseAddress(entry.prefsrc) : null;
  // The kernel's own route of an address. IPv6 routes carry no prefsrc.
  const fits = network.family === 6 || (source !== null && contains(network, source));
  const onLink = type === 'unicast' && protocol === 'kernel' && gateways.length === 0 && fits;
  return { kind: 'route', network, name: device ?? type, device, gateways, type, table, protocol, onLink };
}
