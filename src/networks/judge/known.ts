import type { Address } from '../../ip/address.ts';
import type { Network } from '../../ip/network.ts';

/** Where a network or address was learned. */
export type NetworkSource =
  | 'interface'
  | 'route'
  | 'gateway'
  | 'nameserver'
  | 'flag'
  | 'file'
  | 'config'
  | 'cluster'
  | 'reserved'
  | 'address'
  | 'bind';

/** A network that this VM or its user knows already. Single addresses are networks of one. */
export type KnownNetwork = InterfaceNetwork | Route | Gateway | NameServer | Declared;

interface Base {
  readonly network: Network;
  /** What people call it: the device, the name they gave, or where it was written. */
  readonly name: string;
}

/** A network in which an interface has an address. */
export interface InterfaceNetwork extends Base {
  readonly kind: 'interface';
  /** The host's own address in it; null for the far end of a point-to-point link. */
  readonly address: Address | null;
}

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

/** `of` is the destination that is reached through it, `default` or a network. */
export interface Gateway extends Base {
  readonly kind: 'gateway';
  readonly device: string | null;
  readonly of: string;
}

export interface NameServer extends Base {
  readonly kind: 'nameserver';
}

/** A network somebody wrote down: on the command line, in a list, in podfront.yaml. */
export interface Declared extends Base {
  readonly kind: 'flag' | 'file' | 'config';
  /** What was written, when that had host bits. */
  readonly written: string | null;
}

/** One of the networks Kubernetes is to have. */
export interface ClusterNetwork {
  readonly role: 'service' | 'pod';
  readonly name: 'service network' | 'pod network';
  readonly network: Network;
  /** The NixOS option that sets it. */
  readonly option: string;
}

/** The NixOS options of the three values, from the NixOS and Flying Circus manuals. */
export const nixOptions = {
  service: 'services.kubernetes.apiserver.serviceClusterIpRange',
  pod: 'services.kubernetes.clusterCidr',
  dashboard: 'flyingcircus.roles.kubernetes.dashboardClusterIP',
} as const;

export function clusterNetwork(role: 'service' | 'pod', network: Network): ClusterNetwork {
  return { role, name: `${role} network`, network, option: nixOptions[role] };
}

/** What must be changed to move a network: the dashboard's address lies in the service network and moves with it. */
export function optionsOf({ role, option }: ClusterNetwork): string {
  return role === 'service' ? `${option} and ${nixOptions.dashboard}` : option;
}

/** A route as `ip route` writes it, for messages. */
export function routeText(route: Route): string {
  const words = [route.type === 'unicast' ? '' : route.type, route.network.cidr];
  for (const gateway of route.gateways) words.push('via', gateway.text);
  if (route.device !== null) words.push('dev', route.device);
  if (route.table !== 'main') words.push('table', route.table);
  return words.filter((word) => word !== '').join(' ');
}
