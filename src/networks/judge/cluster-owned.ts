import type { Address } from '../../ip/address.ts';
import { contains, isWithin, type Network } from '../../ip/network.ts';
import type { ClusterNetwork } from '../facts/cluster.ts';
import type { InterfaceNetwork, KnownNetwork, Route } from '../facts/known.ts';
import { nodePrefix } from '../facts/node-networks.ts';

/** The facts by which the cluster's own networks are told from others. */
export interface ClusterIdentity {
  readonly networks: readonly ClusterNetwork[];
  /** Addresses of the nodes, when podfront.yaml names them. */
  readonly nodes: readonly Address[];
  /** Cluster DNS as configured; `dnsAssumed` when it is only the installer's default, which counts on an active node alone. */
  readonly dns: readonly Address[];
  readonly dnsAssumed: boolean;
}

/** Devices of flannel (nixpkgs names its bridge `mynet`, `services/cluster/kubernetes/flannel.nix`), CNI plugins, kube-proxy (IPVS), kube-router, Calico and Cilium. */
const podDevice = /^(flannel|cni|mynet$|kube-|cali|cilium|lxc|vxlan\.calico$|tunl0$|wireguard\.cali$)/;
/** Devices that hold service addresses: kube-proxy's IPVS device, kube-router's, the node-local DNS cache. */
const serviceDevice = /^(kube-|nodelocaldns$)/;
/** Container bridges, which are the cluster's only where flannel gave them their network. */
const bridgeDevice = /^(docker0$|veth)/;
const tunnelDevice = /^(tun|tap|wg|ppp|ipsec|tailscale|zt|vti|gre|sit)/;
/** The protocol of Calico's routes: BIRD, or 80, Calico's own number (Felix, `DeviceRouteProtocol`). */
const calicoProtocols = new Set(['bird', '80']);

/** The number of networks looked at for each device, which may have thousands. */
const networksPerDevice = 100;

/**
 * The known networks that are the cluster's own, on a node where Kubernetes already runs. The name of a device is not
 * enough: its network must also lie in the range that such a device serves.
 */
export function ownNetworks(known: readonly KnownNetwork[], identity: ClusterIdentity): ReadonlySet<KnownNetwork> {
  const rangesOf = (wanted: ClusterNetwork['role']) =>
    identity.networks.filter(({ role }) => role === wanted).map(({ network }) => network);
  const [pods, services] = [rangesOf('pod'), rangesOf('service')];
  const onClusterDevice = (item: InterfaceNetwork | Route) => {
    const device = deviceName(item);
    return (podDevice.test(device) && within(item.network, pods)) || (serviceDevice.test(device) && within(item.network, services));
  };
  const active = known.some((item) => (item.kind === 'interface' || item.kind === 'route') && onClusterDevice(item));
  const devices = networksByDevice(known);
  const isOwn = (item: InterfaceNetwork | Route): boolean => {
    if (onClusterDevice(item)) return true;
    if (!active || !strictlyWithin(item.network, pods)) return false;
    if (bridgeDevice.test(deviceName(item))) return true;
    return item.kind === 'route' && (calicoProtocols.has(item.protocol) || leadsToNode(item, devices, identity.nodes));
  };
  const own = new Set<KnownNetwork>(known.filter((item) => (item.kind === 'interface' || item.kind === 'route') && isOwn(item)));
  const gateways = new Set([...own].flatMap((item) => (item.kind === 'route' ? item.gateways.map(({ value }) => value) : [])));
  for (const item of known) {
    const { family, first } = item.network;
    const isDns = identity.dns.some((dns) => dns.family === family && dns.value === first);
    if (item.kind === 'nameserver' && isDns && (active || !identity.dnsAssumed)) own.add(item);
    if (item.kind === 'gateway' && gateways.has(first) && within(item.network, pods)) own.add(item);
  }
  return own;
}

function deviceName(item: InterfaceNetwork | Route): string {
  return item.kind === 'route' ? (item.device ?? '') : item.name;
}

function networksByDevice(known: readonly KnownNetwork[]): ReadonlyMap<string, readonly Network[]> {
  const devices = new Map<string, Network[]>();
  for (const item of known) {
    if (item.kind !== 'interface') continue;
    const networks = devices.get(item.name) ?? [];
    if (networks.length < networksPerDevice) networks.push(item.network);
    devices.set(item.name, networks);
  }
  return devices;
}

function within(network: Network, ranges: readonly Network[]): boolean {
  return ranges.some((range) => isWithin(network, range));
}

function strictlyWithin(network: Network, ranges: readonly Network[]): boolean {
  return ranges.some((range) => isWithin(network, range) && network.prefix > range.prefix);
}

/**
 * Whether a route is one of flannel's host-gw backend, which reaches the pods of another node through that node's address in
 * the LAN. The gateway must be one of the configured nodes; where none are configured, a neighbour in a network of the same
 * device, for a /24 (or /64).
 */
function leadsToNode(route: Route, devices: ReadonlyMap<string, readonly Network[]>, nodes: readonly Address[]): boolean {
  const { device, gateways, network } = route;
  if (device === null || tunnelDevice.test(device) || gateways.length === 0 || route.type !== 'unicast') return false;
  if (nodes.length > 0) return gateways.every((gateway) => nodes.some((node) => node.text === gateway.text));
  const isNeighbour = (gateway: Address) => (devices.get(device) ?? []).some((link) => contains(link, gateway));
  return network.prefix === nodePrefix(network.family) && gateways.every(isNeighbour);
}
