import type { Address } from '../../ip/address.ts';
import type { Network } from '../../ip/network.ts';

/** The subject of a finding: a kind of known network, or a rule on the cluster's own networks and addresses. */
export type NetworkSource = KnownNetwork['kind'] | 'cluster' | 'reserved' | 'address' | 'bind';

/** A network that this VM or its user already has. A single address is a network of one. */
export type KnownNetwork = InterfaceNetwork | Route | Gateway | NameServer | DeclaredNetwork;

interface Base {
  readonly network: Network;
  /** The device, the name a user gave, or the place where it was written. */
  readonly name: string;
}

/** A network in which an interface has an address. */
export interface InterfaceNetwork extends Base {
  readonly kind: 'interface';
  /** This host's address in it; null for the far end of a point-to-point link. */
  readonly address: Address | null;
}

/** An entry of a routing table. */
export interface Route extends Base {
  readonly kind: 'route';
  /** Null for routes without a device, such as `blackhole`. */
  readonly device: string | null;
  readonly gateways: readonly Address[];
  /** `unicast`, `local`, `blackhole`, `unreachable`, `prohibit`, `throw`, ... */
  readonly type: string;
  readonly table: string;
  readonly protocol: string;
  /** Made by the kernel because an interface has an address in it. */
  readonly onLink: boolean;
}

/** A next hop; `of` is the destination that is reached through it, `default` or a network. */
export interface Gateway extends Base {
  readonly kind: 'gateway';
  readonly device: string | null;
  readonly of: string;
}

/** A name server of this host. */
export interface NameServer extends Base {
  readonly kind: 'nameserver';
}

/** A network that a user wrote down: on the command line, in a list, or in podfront.yaml. */
export interface DeclaredNetwork extends Base {
  readonly kind: 'flag' | 'file' | 'config';
  /** The text as written, when it had host bits. */
  readonly written: string | null;
}

/** The device through which a network is known; null for one that does not depend on a device. */
export function deviceOf(known: KnownNetwork): string | null {
  switch (known.kind) {
    case 'interface':
      return known.name;
    case 'route':
    case 'gateway':
      return known.device;
    case 'nameserver':
    case 'flag':
    case 'file':
    case 'config':
      return null;
    default:
      return known satisfies never;
  }
}

/**
 * Whether a cluster network may lie inside this one: a route through a gateway or a tunnel loses only that part of its
 * destinations. On-link networks, addresses of this host and declared networks lose it to neighbours or to their users.
 */
export function mayContainCluster(known: KnownNetwork): known is Route {
  return known.kind === 'route' && !known.onLink && known.type !== 'local';
}

/** A route as `ip route` writes it, for messages. */
export function routeText(route: Route): string {
  const words = [route.type === 'unicast' ? '' : route.type, route.network.cidr];
  for (const gateway of route.gateways) words.push('via', gateway.text);
  if (route.device !== null) words.push('dev', route.device);
  if (route.table !== 'main') words.push('table', route.table);
  return words.filter((word) => word !== '').join(' ');
}
