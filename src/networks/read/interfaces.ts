import { parseAddress } from '../../ip/address.ts';
import type { Network } from '../../ip/network.ts';
import { emptyScan, networkOfScan, scanText } from './fast-cidr.ts';
import { admit, type Inventory } from './inventory.ts';

const scan = emptyScan();
const single = emptyScan();

/**
 * Takes in one element of `ip -j addr`: for each address of the interface the network it is in, and on a point-to-point
 * link the far end's network beside the own address. Returns what is wrong with the element, one clause each.
 */
export function takeInterface(entry: object, intake: Inventory): readonly string[] {
  const { ifname, addr_info: addresses } = entry as { readonly ifname?: unknown; readonly addr_info?: unknown };
  // iproute2 before 4.19 leaves {} for what a filter hid.
  if (Object.keys(entry).length === 0) return [];
  if (typeof ifname !== 'string' || ifname === '') return ['it has no ifname'];
  if (!Array.isArray(addresses)) return [`${ifname} has no list addr_info`];
  const wrong: string[] = [];
  for (const info of addresses as readonly unknown[]) {
    const why = takeAddress(ifname, info, intake);
    if (why !== null) wrong.push(`${ifname} ${why}`);
  }
  return wrong;
}

interface Info {
  readonly family?: unknown;
  readonly local?: unknown;
  readonly address?: unknown;
  readonly peer?: unknown;
  readonly prefixlen?: unknown;
}

function takeAddress(name: string, info: unknown, intake: Inventory): string | null {
  if (typeof info !== 'object' || info === null) return 'has an entry in addr_info that is not an object';
  const { family, local, prefixlen, address, peer } = info as Info;
  if (local === undefined || (family !== undefined && family !== 'inet' && family !== 'inet6')) return null;
  const own = typeof local === 'string' ? parseAddress(local) : null;
  if (own === null) return `has the address ${JSON.stringify(local)}, which is none`;
  if (typeof prefixlen !== 'number') return `has no prefixlen beside ${own.text}`;
  const far = address ?? peer;
  if (far !== undefined && typeof far !== 'string') return `has the peer ${JSON.stringify(far)}, which is no address`;
  if (!scanText(`${far ?? own.text}/${prefixlen}`, scan)) {
    return `has ${far ?? own.text} with the prefix length ${prefixlen}, which is no network`;
  }
  if (far === undefined || far === own.text) {
    admit(intake, scan, (network) => ({ kind: 'interface', network, name, address: own }), true);
    return null;
  }
  admit(intake, scan, (network) => ({ kind: 'interface', network, name, address: null }), true);
  if (scanText(own.text, single) && !within(networkOfScan(single), networkOfScan(scan))) {
    admit(intake, single, (network) => ({ kind: 'interface', network, name, address: own }), true);
  }
  return null;
}

function within(a: Network, b: Network): boolean {
  return a.family === b.family && b.first <= a.first && a.last <= b.last;
}
