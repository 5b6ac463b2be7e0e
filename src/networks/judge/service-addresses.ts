import { type Address, formatAddress } from '../../ip/address.ts';
import { contains, type Network } from '../../ip/network.ts';

/** Where the API server's own service is: the first address after the network's (kube-apiserver, `ServiceIPRange`). */
export function apiAddress(network: Network): Address {
  return at(network, network.first + 1n);
}

/**
 * Where NixOS puts cluster DNS: the first three octets of the service network and .254. The rule is textual
 * (nixpkgs, `services/cluster/kubernetes/addons/dns.nix`), so the address can lie outside. Null for IPv6.
 */
export function dnsByRule(network: Network): Address | null {
  if (network.family === 6) return null;
  return at(network, network.first - (network.first & 0xffn) + 254n);
}

/**
 * An address for the dashboard inside the service network: .250 as Flying Circus has it where that is inside, else the
 * last that is free. Null where the network is too small for one.
 */
export function dashboardIn(network: Network, dns: readonly Address[], wanted = 250n): Address | null {
  const rule = dnsByRule(network);
  const taken = new Set([...dns, ...(rule === null ? [] : [rule]), apiAddress(network)].map(({ text }) => text));
  const free = (value: bigint) => value > network.first && value <= lastUsable(network) && !taken.has(formatAddress(network.family, value));
  if (free(network.first + wanted)) return at(network, network.first + wanted);
  for (let value = lastUsable(network); value > network.first; value--) if (free(value)) return at(network, value);
  return null;
}

/** Where cluster DNS goes in a service network: by the NixOS rule where that is inside, else the last usable address. Null in a network too small. */
export function dnsIn(network: Network): Address | null {
  const rule = dnsByRule(network);
  if (rule !== null && contains(network, rule) && rule.value > network.first + 1n) return rule;
  const last = lastUsable(network);
  return last > network.first + 1n ? at(network, last) : null;
}

/** Kubernetes gives away neither the first address nor, in IPv4, the last. */
function lastUsable(network: Network): bigint {
  return network.family === 4 ? network.last - 1n : network.last;
}

function at(network: Network, value: bigint): Address {
  return { family: network.family, value, text: formatAddress(network.family, value) };
}
