import { type Network, relationOf } from '../../ip/network.ts';
import type { KnownNetwork } from './known.ts';

/** Whether a network, learned from a device or from none, is known to the user and accepted. */
export type Ignore = (network: Network, device: string | null) => boolean;

/**
 * Accepts what is the same as, or lies inside, one of the networks, and what belongs to one of the interfaces: its
 * addresses, the routes over it and their gateways.
 */
export function ignoring(networks: readonly Network[], interfaces: readonly string[]): Ignore {
  const names = new Set(interfaces);
  return (network, device) => {
    if (device !== null && names.has(device)) return true;
    return networks.some((accepted) => ['same', 'inside'].includes(relationOf(network, accepted) ?? ''));
  };
}

/** The device through which something is known; null for what does not depend on one. */
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
