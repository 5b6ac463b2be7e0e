import { parseAddress } from '../../ip/address.ts';
import { hostNetwork, isWithin, parseNetwork } from '../../ip/network.ts';
import { addKnown, type Inventory } from '../facts/inventory.ts';

/**
 * Adds one element of `ip -j addr`: for each address of the interface the network it is in, and on a point-to-point link the
 * network of the far end beside this end's address. Returns the errors in the element, one clause each.
 */
export function addInterface(inventory: Inventory, entry: object): readonly string[] {
  const { ifname, addr_info: addresses } = entry as { readonly ifname?: unknown; readonly addr_info?: unknown };
  // iproute2 before 4.19 leaves {} for entries that a filter hid.
  if (Object.keys(entry).length === 0) return [];
  if (typeof ifname !== 'string' || ifname === '') return ['it has no ifname'];
  if (!Array.isArray(addresses)) return [`${ifname} has no list addr_info`];
  return (addresses as readonly unknown[]).flatMap((info) => {
    const error = addAddress(inventory, ifname, info);
    return error === null ? [] : [`${ifname} ${error}`];
  });
}

interface AddressInfo {
  readonly family?: unknown;
  readonly local?: unknown;
  readonly address?: unknown;
  readonly peer?: unknown;
  readonly prefixlen?: unknown;
}

function addAddress(inventory: Inventory, name: string, info: unknown): string | null {
  if (typeof info !== 'object' || info === null) return 'has an entry in addr_info that is not an object';
  const { family, local, prefixlen, address, peer } = info as AddressInfo;
  if (local === undefined || (family !== undefined && family !== 'inet' && family !== 'inet6')) return null;
  const own = typeof local === 'string' ? parseAddress(local) : null;
  if (own === null) return `has ${JSON.stringify(local)} as local, which is not an address`;
  if (typeof prefixlen !== 'number') return `has no prefixlen beside ${own.text}`;
  const far = address ?? peer;
  if (far !== undefined && typeof far !== 'string') return `has ${JSON.stringify(far)} as peer, which is not an address`;
  const network = parseNetwork(`${far ?? own.text}/${prefixlen}`);
  if (network === null) return `has ${far ?? own.text} with the prefix length ${prefixlen}, which is not a network`;
  const ours = { kind: 'interface', name, address: own } as const;
  if (far === undefined || far === own.text) {
    addKnown(inventory, { ...ours, network });
    return null;
  }
  addKnown(inventory, { kind: 'interface', network, name, address: null });
  if (!isWithin(hostNetwork(own), network)) addKnown(inventory, { ...ours, network: hostNetwork(own) });
  return null;
}
