import type { Address } from '../../ip/address.ts';
import { contains, type Network } from '../../ip/network.ts';
import { prefixForNodes } from '../judge/cluster-rules.ts';
import type { NetworkFinding } from '../judge/finding.ts';
import { type ClusterNetwork, nixOptions } from '../judge/known.ts';
import { apiAddress, dashboardIn, dnsByRule, dnsIn } from '../judge/service-addresses.ts';
import type { SortedBusy } from './free.ts';
import { moveAll } from './suggest.ts';

/** What the snippet sets; a network is null where private space has no room for it. */
export interface ConsistentSet {
  readonly services: readonly (Network | null)[];
  readonly pods: readonly (Network | null)[];
  readonly dashboard: Address | null;
  /** Only where the NixOS rule would put cluster DNS outside. */
  readonly dns: Address | null;
}

export interface FreeNetworks {
  readonly dashboard: Address | null;
  readonly dns: readonly Address[];
  readonly nodes: number;
}

/** Keeps every network without an error and moves the others to the nearest free place; the addresses follow the service network. */
export function consistentSet(
  cluster: readonly ClusterNetwork[],
  findings: readonly NetworkFinding[],
  busy: SortedBusy,
  wishes: FreeNetworks,
): ConsistentSet {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const moved = moveAll(
    busy,
    cluster.map((item) => {
      const { network, role } = item;
      const crowded = role === 'pod' && wishes.nodes > 0 && network.prefix > prefixForNodes(network.family, wishes.nodes);
      const hit = errors.some((finding) => finding.movable && finding.cluster === item);
      return { network, moves: hit || crowded, prefix: crowded ? prefixForNodes(network.family, wishes.nodes) : network.prefix };
    }),
  );
  const of = (role: ClusterNetwork['role']) => moved.filter((_, i) => cluster[i]?.role === role);
  const services = of('service');
  const [first] = services;
  if (first === undefined || first === null) return { services, pods: of('pod'), dashboard: null, dns: null };
  const rule = dnsByRule(first);
  const inside = wishes.dns.filter((address) => contains(first, address));
  const dns = inside[0] ?? dnsIn(first);
  const free = (address: Address | null): address is Address =>
    address !== null &&
    contains(first, address) &&
    address.value !== first.first &&
    address.value !== apiAddress(first).value &&
    address.value !== dns?.value;
  const dashboard = free(wishes.dashboard) ? wishes.dashboard : dashboardIn(first, dns === null ? [] : [dns]);
  return { services, pods: of('pod'), dashboard, dns: rule !== null && dns?.text === rule.text ? null : dns };
}

/** The set as NixOS configuration. Dual stack is one option with both, after a comma (Kubernetes, `--service-cluster-ip-range`). */
export function nixSnippet({ services, pods, dashboard, dns }: ConsistentSet): string {
  const lines = [network(nixOptions.service, services), network(nixOptions.pod, pods)];
  if (dashboard !== null) lines.push(`  ${nixOptions.dashboard} = "${dashboard.text}";`);
  if (dns !== null) lines.push(`  services.kubernetes.addons.dns.clusterIp = "${dns.text}";`);
  return `{\n${lines.join('\n')}\n}\n`;
}

function network(option: string, networks: readonly (Network | null)[]): string {
  const found = networks.filter((one) => one !== null);
  if (found.length < networks.length) return `  # ${option}: private space has no free network of that size`;
  return `  ${option} = "${found.map(({ cidr }) => cidr).join(',')}";`;
}
