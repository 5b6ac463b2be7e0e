import type { Address } from '../../ip/address.ts';
import { contains, type Network, networkOf } from '../../ip/network.ts';
import type { ClusterFacts, ClusterNetwork } from '../facts/cluster.ts';
import { prefixForNodes } from '../facts/node-networks.ts';
import type { CoveringRoute } from '../facts/occupied.ts';
import { apiAddress, dashboardIn, defaultDns, dnsIn } from '../facts/service-addresses.ts';
import type { NetworkFinding } from '../judge/finding.ts';
import type { FreeSpace } from './free-space.ts';
import { suggest } from './suggest.ts';

/** Networks and addresses for the cluster that fit together; a network is null where private space has no room for it. */
export interface ConsistentSet {
  readonly services: readonly (Network | null)[];
  readonly pods: readonly (Network | null)[];
  readonly dashboard: Address | null;
  /** Null where the installer's default fits. */
  readonly dns: Address | null;
  readonly insideRoutes: readonly CoveringRoute[];
}

/** Keeps every network without an error and moves the others to the nearest free place; the addresses follow the service network. */
export function consistentSet(
  cluster: readonly ClusterNetwork[],
  findings: readonly NetworkFinding[],
  space: FreeSpace,
  facts: ClusterFacts,
): ConsistentSet {
  const moved = cluster.map((item) => ({ item, moves: moveOf(item, findings, facts.nodes.length) }));
  const settled: Network[] = moved.flatMap(({ item, moves }) => (moves === null ? [item.network] : []));
  const insideRoutes: CoveringRoute[] = [];
  const placed = moved.map(({ item, moves }) => {
    if (moves === null) return { role: item.role, network: item.network };
    const { networks, insideRoutes: routes } = suggest({ ...space, avoid: [...space.avoid, ...settled] }, moves, 1);
    settled.push(...networks);
    insideRoutes.push(...routes.filter((route) => !insideRoutes.includes(route)));
    return { role: item.role, network: networks[0] ?? null };
  });
  const networksOf = (wanted: ClusterNetwork['role']) => placed.filter(({ role }) => role === wanted).map(({ network }) => network);
  const services = networksOf('service');
  return { services, pods: networksOf('pod'), ...addressesIn(services[0] ?? null, facts), insideRoutes };
}

/** The network to find a place for, larger where the nodes need it; null for a network that stays. */
function moveOf(item: ClusterNetwork, findings: readonly NetworkFinding[], nodes: number): Network | null {
  const { network, role } = item;
  const needed = role === 'pod' && nodes > 0 ? Math.min(network.prefix, prefixForNodes(network.family, nodes)) : network.prefix;
  const conflicts = findings.some(({ severity, movable, cluster }) => severity === 'error' && movable && cluster === item);
  if (!conflicts && needed === network.prefix) return null;
  return networkOf({ family: network.family, value: network.first, text: '' }, needed);
}

/** The dashboard and cluster DNS in a service network. Configured addresses stay where they fit. */
function addressesIn(service: Network | null, { dashboard, dns, installer }: ClusterFacts): Pick<ConsistentSet, 'dashboard' | 'dns'> {
  if (service === null) return { dashboard: null, dns: null };
  const usual = defaultDns(service, installer);
  const ofDns = dns.find((address) => contains(service, address)) ?? dnsIn(service, installer);
  const taken = [service.first, apiAddress(service).value, ofDns?.value];
  const fits = dashboard !== null && contains(service, dashboard) && !taken.includes(dashboard.value);
  return {
    // kubeadm and k3s have no dashboard unless somebody installs one.
    dashboard: fits || (dashboard === null && installer !== 'nixos') ? dashboard : dashboardIn(service, [ofDns, usual]),
    dns: usual !== null && ofDns?.text === usual.text ? null : ofDns,
  };
}
