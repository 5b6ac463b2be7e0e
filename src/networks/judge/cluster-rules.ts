import type { Address } from '../../ip/address.ts';
import { contains, type Network, networkOf, relationOf } from '../../ip/network.ts';
import type { NetworkFinding } from './finding.ts';
import { type ClusterNetwork, type NetworkSource, nixOptions, optionsOf } from './known.ts';
import { reservedRanges } from './reserved.ts';
import { apiAddress, dashboardIn, dnsByRule } from './service-addresses.ts';

/** What the configuration says about the cluster besides its networks. */
export interface ClusterFacts {
  readonly dashboard: Address | null;
  /** Addresses of cluster DNS; empty when none is configured, and then the NixOS rule is looked at. */
  readonly dns: readonly Address[];
  readonly nodes: number;
  /** Addresses that listens bind, by the listen's name. */
  readonly binds: readonly { readonly name: string; readonly address: Address }[];
}

/** Faults that the cluster's networks have by themselves, whatever this VM knows. */
export function checkClusterRules(cluster: readonly ClusterNetwork[], facts: ClusterFacts): readonly NetworkFinding[] {
  const services = cluster.filter(({ role }) => role === 'service');
  return [
    ...pairs(cluster),
    ...cluster.flatMap(reserved),
    ...places(services, facts),
    ...services.flatMap((network) => ruleOutside(network, facts)),
    ...services.flatMap((network) => tooSmall(network)),
    ...cluster.flatMap((network) => binds(network, facts)),
    ...cluster.flatMap((network) => capacity(network, facts.nodes)),
  ];
}

function pairs(cluster: readonly ClusterNetwork[]): readonly NetworkFinding[] {
  return cluster.flatMap((first, i) =>
    cluster.slice(i + 1).flatMap((second) => {
      const relation = relationOf(second.network, first.network);
      if (relation === null) return [];
      const text = `the ${second.name} ${second.network.cidr} ${verb(relation)} the ${first.name} ${first.network.cidr}: each address can only be a pod's or a service's; change ${optionsOf(first)}`;
      return [{ ...said('error', first, second.network, second.name, 'cluster', text), relation, movable: true }];
    }),
  );
}

function reserved(cluster: ClusterNetwork): readonly NetworkFinding[] {
  return reservedRanges.flatMap(({ network, name, severity, why }) => {
    const relation = relationOf(network, cluster.network);
    if (relation === null) return [];
    const how = relation === 'contains' ? 'lies in' : relation === 'same' ? 'is' : 'contains';
    const text = `the ${cluster.name} ${cluster.network.cidr} ${how} ${network.cidr} (${name}): ${why}; change ${optionsOf(cluster)}`;
    return [{ ...said(severity, cluster, network, name, 'reserved', text), relation, movable: true }];
  });
}

/** The dashboard and cluster DNS: inside where they must be, and each on an address of its own. */
function places(services: readonly ClusterNetwork[], { dashboard, dns }: ClusterFacts): readonly NetworkFinding[] {
  const findings: NetworkFinding[] = [];
  const [first] = services;
  if (dashboard !== null && first !== undefined && !services.some(({ network }) => contains(network, dashboard))) {
    const at = services.find(({ network }) => network.family === dashboard.family) ?? first;
    const free = dashboardIn(at.network, dns)?.text;
    const text = `the dashboard's address ${dashboard.text} lies outside the service network ${at.network.cidr}: the API server refuses it; set ${nixOptions.dashboard}${free === undefined ? ' to an address inside' : `, such as ${free}`}`;
    findings.push({ ...said('error', at, host(dashboard), 'dashboardClusterIP', 'address', text), relation: 'outside' });
  }
  for (const service of services) {
    const { network } = service;
    const inside = dns.filter((address) => contains(network, address));
    const taken = [
      { value: network.first, what: 'the network address' },
      { value: apiAddress(network).value, what: "the API's address" },
    ];
    const check = (address: Address, name: string, subject: string, option: string) => {
      const clash = taken.find(({ value }) => value === address.value);
      if (clash === undefined) return;
      const text = `${subject} ${address.text} is ${clash.what} of the service network ${network.cidr}: only one can have it; change ${option}`;
      findings.push(said('error', service, host(address), name, 'address', text));
    };
    for (const address of inside)
      check(address, 'cluster DNS', "cluster DNS's address", 'services.kubernetes.addons.dns.clusterIp and cluster.nameservers');
    for (const address of inside) taken.push({ value: address.value, what: "cluster DNS's address" });
    if (dashboard !== null && contains(network, dashboard))
      check(dashboard, 'dashboardClusterIP', "the dashboard's address", nixOptions.dashboard);
  }
  return findings;
}

/** NixOS writes cluster DNS as the first three octets and .254 (nixpkgs, `addons/dns.nix`), whatever the prefix. */
function ruleOutside(service: ClusterNetwork, { dns }: ClusterFacts): readonly NetworkFinding[] {
  const rule = dnsByRule(service.network);
  if (dns.length > 0 || rule === null) return [];
  if (contains(service.network, rule)) return [];
  const text = `NixOS puts cluster DNS on ${rule.text}, outside the service network ${service.network.cidr}: the API server refuses it; set services.kubernetes.addons.dns.clusterIp to an address inside, or change ${service.option}`;
  return [{ ...said('warning', service, host(rule), 'cluster DNS', 'address', text), relation: 'outside' }];
}

/** The API and cluster DNS need an address each. */
function tooSmall(service: ClusterNetwork): readonly NetworkFinding[] {
  const usable = usableServices(service.network);
  if (usable >= 2n) return [];
  const text = `the service network ${service.network.cidr} has ${usable} usable addresses, and the API and cluster DNS need one each; make it wider in ${service.option}`;
  return [{ ...said('warning', service, service.network, 'usable addresses', 'address', text), relation: 'same' }];
}

function binds(cluster: ClusterNetwork, facts: ClusterFacts): readonly NetworkFinding[] {
  return facts.binds
    .filter(({ address }) => contains(cluster.network, address))
    .map(({ name, address }) => {
      const text = `the listen ${name} binds ${address.text}, inside the ${cluster.name} ${cluster.network.cidr}: a frontend needs an address that is not the cluster's; bind another, or change ${optionsOf(cluster)}`;
      return { ...said('error', cluster, host(address), name, 'bind', text), movable: true };
    });
}

/** Flannel gives each node a /24; the controller manager does the same with a /64 of IPv6 (`--node-cidr-mask-size-ipv6`). */
function capacity(cluster: ClusterNetwork, nodes: number): readonly NetworkFinding[] {
  if (cluster.role !== 'pod' || nodes === 0) return [];
  const { network } = cluster;
  const perNode = network.family === 4 ? 24 : 64;
  const room = network.prefix > perNode ? 0n : 1n << BigInt(perNode - network.prefix);
  if (room >= BigInt(nodes)) return [];
  const text = `the pod network ${network.cidr} has room for ${room} nodes of a /${perNode} each, and cluster.nodes has ${nodes}: the nodes beyond get no pods; make it a /${prefixForNodes(network.family, nodes)} or wider in ${cluster.option}`;
  return [{ ...said('error', cluster, network, 'cluster.nodes', 'config', text), relation: 'same' }];
}

/** The longest prefix with room for so many nodes. */
export function prefixForNodes(family: 4 | 6, nodes: number): number {
  return (family === 4 ? 24 : 64) - Math.ceil(Math.log2(Math.max(1, nodes)));
}

function said(
  severity: NetworkFinding['severity'],
  cluster: ClusterNetwork,
  other: Network,
  otherName: string,
  source: NetworkSource,
  text: string,
): NetworkFinding {
  return { severity, relation: 'inside', cluster, other, otherName, source, about: { kind: 'said', text }, movable: false };
}

function host(address: Address): Network {
  return networkOf(address, address.family === 4 ? 32 : 128);
}

/** How people say a relation. */
export function verb(relation: NetworkFinding['relation']): string {
  switch (relation) {
    case 'same':
      return 'is the same as';
    case 'inside':
      return 'lies inside';
    case 'contains':
      return 'contains';
    case 'outside':
      return 'lies outside';
    default:
      return relation satisfies never;
  }
}

/** How many addresses a service network can give away: not its first, and for IPv4 not its last. */
export function usableServices(network: Network): bigint {
  const size = network.last - network.first + 1n;
  const usable = size - (network.family === 4 ? 2n : 1n);
  return usable < 0n ? 0n : usable;
}
