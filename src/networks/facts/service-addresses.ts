import { type Address, formatAddress } from '../../ip/address.ts';
import { contains, type Network } from '../../ip/network.ts';
import type { Installer } from './installers.ts';

/** The address of the API server's own Service: the first one after the network's (kube-apiserver, `ServiceIPRange`). */
export function apiAddress(network: Network): Address {
  return at(network, network.first + 1n);
}

/**
 * The address that an installer gives to cluster DNS. NixOS takes the first three octets of the service network and .254
 * (nixpkgs, `services/cluster/kubernetes/addons/dns.nix`), kubeadm and k3s the tenth address (kubeadm, `GetDNSIP`; k3s,
 * `server.go`). Either can lie outside a small network. Null for NixOS and IPv6, where the rule makes no address.
 */
export function defaultDns(network: Network, installer: Installer): Address | null {
  if (installer !== 'nixos') return at(network, network.first + 10n);
  return network.family === 6 ? null : at(network, (network.first & ~0xffn) + 254n);
}

/**
 * An address for the dashboard inside the service network: .250, the default of Flying Circus, where that is inside, else the
 * last free one. Null where the network is too small.
 */
export function dashboardIn(network: Network, dns: readonly (Address | null)[]): Address | null {
  const taken = new Set([...dns, apiAddress(network)].map((address) => address?.value));
  const free = (value: bigint) => value > network.first && value <= lastUsable(network) && !taken.has(value);
  if (free(network.first + 250n)) return at(network, network.first + 250n);
  for (let value = lastUsable(network); value > network.first; value--) if (free(value)) return at(network, value);
  return null;
}

/** An address for cluster DNS in a service network: the installer's default where that is inside, else the last usable one. Null in a network too small. */
export function dnsIn(network: Network, installer: Installer): Address | null {
  const usual = defaultDns(network, installer);
  if (usual !== null && contains(network, usual) && usual.value > network.first + 1n) return usual;
  const last = lastUsable(network);
  return last > network.first + 1n ? at(network, last) : null;
}

/** The number of addresses that a service network can assign: not its first, and for IPv4 not its last. */
export function usableAddresses(network: Network): bigint {
  const usable = lastUsable(network) - network.first;
  return usable < 0n ? 0n : usable;
}

function lastUsable(network: Network): bigint {
  return network.family === 4 ? network.last - 1n : network.last;
}

function at(network: Network, value: bigint): Address {
  return { family: network.family, value, text: formatAddress(network.family, value) };
}
