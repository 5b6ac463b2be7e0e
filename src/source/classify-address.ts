import type { Config } from '../config/config.ts';
import { type Address, unmapped } from '../ip/address.ts';
import { contains, type Network, parseNetwork } from '../ip/network.ts';
import { inRange } from '../ip/range.ts';

/**
 * The class of an endpoint's address, by what it is to the cluster and to this host.
 *
 * | address                                                          | class       |
 * |------------------------------------------------------------------|-------------|
 * | in a pod network                                                 | `pod`       |
 * | in a service network                                             | `service`   |
 * | unspecified, loopback, link-local, multicast, reserved           | `forbidden` |
 * | of this host, of a bind or for Services                          | `forbidden` |
 * | of a node (`cluster.nodes`): pods on the host's network have it  | `node`      |
 * | of a name server (`cluster.nameservers`)                         | `forbidden` |
 * | any other                                                        | `outside`   |
 *
 * The first row that matches counts: networks that are listed were listed on purpose.
 */
export type AddressClass =
  | { readonly kind: 'pod' | 'service' | 'node' | 'outside' }
  /** No traffic may go there; `why` is the rest of a sentence about the address. */
  | { readonly kind: 'forbidden'; readonly why: string };

/** Classifies the addresses of endpoints, whichever source they come from. */
export type AddressClassifier = (address: Address) => AddressClass;

/** A classifier for a configuration, on a host with these addresses. */
export function classifierFor({ cluster, listens, loadBalancer }: Config, hostAddresses: readonly Address[]): AddressClassifier {
  const own = keys(hostAddresses);
  const binds = keys(listens.flatMap((listen) => listen.binds.flatMap(({ host }) => host ?? [])));
  const nodes = keys(cluster.nodes.map(({ address }) => address));
  const nameservers = keys(cluster.nameservers.map(({ address }) => address));
  return (given) => {
    const address = unmapped(given);
    if (isIn(cluster.podNetworks, address)) return { kind: 'pod' };
    if (isIn(cluster.serviceNetworks, address)) return { kind: 'service' };
    if (isIn(unspecified, address)) return { kind: 'forbidden', why: 'no address of a host: HAProxy would connect to itself' };
    if (isIn(loopback, address)) return { kind: 'forbidden', why: 'a loopback address of this host' };
    if (isIn(linkLocal, address)) return { kind: 'forbidden', why: 'a link-local address' };
    if (isIn(notOfOneHost, address)) return { kind: 'forbidden', why: 'no address of a host' };
    const key = keyOf(address);
    if (binds.has(key) || loadBalancer?.addresses.some((range) => inRange(range, address)))
      return { kind: 'forbidden', why: 'an address that HAProxy itself listens on' };
    if (own.has(key)) return { kind: 'forbidden', why: 'an address of this host' };
    if (nodes.has(key)) return { kind: 'node' };
    if (nameservers.has(key)) return { kind: 'forbidden', why: 'the address of a name server' };
    return { kind: 'outside' };
  };
}

/** A server of the address 0.0.0.0 is, to HAProxy, the address that the client connected to (configuration manual 5.2). */
const unspecified = networks('0.0.0.0/8', '::/128');
/** Multicast, and reserved with the broadcast address (RFC 1112, RFC 4291). */
const notOfOneHost = networks('224.0.0.0/3', 'ff00::/8');
const loopback = networks('127.0.0.0/8', '::1/128');
const linkLocal = networks('169.254.0.0/16', 'fe80::/10');

function networks(...texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => parseNetwork(text) ?? []);
}

function isIn(all: readonly Network[], address: Address): boolean {
  return all.some((network) => contains(network, address));
}

function keys(addresses: readonly Address[]): ReadonlySet<string> {
  return new Set(addresses.map((address) => keyOf(unmapped(address))));
}

function keyOf({ family, value }: Address): string {
  return `${family} ${value}`;
}
