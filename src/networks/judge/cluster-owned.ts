import type { Address } from '../../ip/address.ts';
import { contains, type Network, relationOf } from '../../ip/network.ts';
import type { ClusterNetwork, InterfaceNetwork, KnownNetwork, Route } from './known.ts';

/** What tells the cluster's own things from strangers. */
export interface Cluster {
  readonly networks: readonly ClusterNetwork[];
  /** Addresses of the nodes, when podfront.yaml names them. */
  readonly nodes: readonly Address[];
  /** Cluster DNS as configured; `assumed` when it is only the NixOS rule, and then believed on an active node alone. */
  readonly dns: readonly Address[];
  readonly dnsAssumed: boolean;
}

/** Devices that flannel, CNI plugins, kube-proxy (IPVS), kube-router, Calico and Cilium make. */
const podDevice = /^(flannel|cni|kube-|cali|cilium|lxc|vxlan\.calico$|tunl0$|wireguard\.cali$)/;
/** Devices that hold service addresses: kube-proxy's IPVS device, kube-router's, the node-local DNS cache. */
const serviceDevice = /^(kube-|nodelocaldns$)/;
/** Container bridges, the cluster's only where flannel gave them their network. */
const bridgeDevice = /^(docker0$|veth)/;
const tunnel = /^(tun|tap|wg|ppp|ipsec|tailscale|zt|vti|gre|sit)/;
/** Calico's BIRD marks its routes so; 80 is Calico's own number (Felix, `DeviceRouteProtocol`). */
const calico = new Set(['bird', '80']);

/**
 * Which of the known things are the cluster's own, on a node where Kubernetes already runs. A foreign network on a device
 * with such a name is none: the network must lie in the range that the device is there for.
 */
export function clusterOwned(known: readonly KnownNetwork[], cluster: Cluster): ReadonlySet<KnownNetwork> {
  const pods = cluster.networks.filter(({ role }) => role === 'pod').map(({ network }) => network);
  const services = cluster.networks.filter(({ role }) => role === 'service').map(({ network }) => network);
  const named = (item: InterfaceNetwork | Route) => {
    const device = item.kind === 'route' ? (item.device ?? '') : item.name;
    return (podDevice.test(device) && within(item.network, pods)) || (serviceDevice.test(device) && within(item.network, services));
  };
  const active = known.some((item) => (item.kind === 'interface' || item.kind === 'route') && named(item));
  const bridges = (item: InterfaceNetwork | Route) => bridgeDevice.test(item.kind === 'route' ? (item.device ?? '') : item.name);
  const links = linksOf(known);
  const own = new Set<KnownNetwork>();
  for (const item of known) {
    if (item.kind === 'interface' && (named(item) || (active && bridges(item) && strictlyWithin(item.network, pods)))) own.add(item);
    if (item.kind !== 'route' || !(named(item) || active)) continue;
    const pod = strictlyWithin(item.network, pods);
    if (named(item) || (pod && (bridges(item) || isBlock(item) || leadsToNode(item, links, cluster.nodes)))) own.add(item);
  }
  const ownGateways = new Set([...own].flatMap((item) => (item.kind === 'route' ? item.gateways.map(({ text }) => text) : [])));
  for (const item of known) {
    const address = item.network.first;
    const isDns = cluster.dns.some((dns) => dns.family === item.network.family && dns.value === address);
    if (item.kind === 'nameserver' && isDns && (active || !cluster.dnsAssumed)) own.add(item);
    if (item.kind === 'gateway' && ownGateways.has(item.network.cidr.replace(/\/\d+$/, '')) && within(item.network, pods)) own.add(item);
  }
  return own;
}

/** The networks of each device, the first of them where one has thousands. */
function linksOf(known: readonly KnownNetwork[]): ReadonlyMap<string, readonly Network[]> {
  const links = new Map<string, Network[]>();
  for (const item of known) {
    if (item.kind !== 'interface') continue;
    const networks = links.get(item.name) ?? [];
    if (networks.length < 100) networks.push(item.network);
    links.set(item.name, networks);
  }
  return links;
}

function within(network: Network, ranges: readonly Network[]): boolean {
  return ranges.some((range) => ['same', 'inside'].includes(relationOf(network, range) ?? ''));
}

function strictlyWithin(network: Network, ranges: readonly Network[]): boolean {
  return ranges.some((range) => relationOf(network, range) === 'inside');
}

/** Calico's blackhole for the block of addresses a node may give to its pods. */
function isBlock(route: Route): boolean {
  return calico.has(route.protocol);
}

/**
 * flannel's host-gw backend reaches the pods of another node through that node's address in the LAN. The gateway must be
 * one of the configured nodes; where none are configured, a neighbour in a network of the same device, for a /24 (or /64).
 */
function leadsToNode(route: Route, links: ReadonlyMap<string, readonly Network[]>, nodes: readonly Address[]): boolean {
  const { device, gateways, network } = route;
  if (device === null || tunnel.test(device) || gateways.length === 0 || route.type !== 'unicast') return false;
  if (nodes.length > 0) return gateways.every((gateway) => nodes.some((node) => node.text === gateway.text));
  const perNode = network.family === 4 ? 24 : 64;
  const neighbour = (gateway: Address) => (links.get(device) ?? []).some((link) => contains(link, gateway));
  return network.prefix === perNode && gateways.every(neighbour);
}
