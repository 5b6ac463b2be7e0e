import { hostNetwork } from '../ip/network.ts';
import type { ClusterFacts, ClusterNetwork } from './facts/cluster.ts';
import type { Inventory } from './facts/inventory.ts';
import type { KnownNetwork } from './facts/known.ts';
import { checkClusterAddresses } from './judge/address-rules.ts';
import { checkClusterRules } from './judge/cluster-rules.ts';
import { compare } from './judge/compare.ts';
import { withoutDuplicates } from './judge/duplicates.ts';
import { type ExcludedNetwork, type NetworkFinding, sortedFindings } from './judge/finding.ts';
import type { IsIgnored } from './judge/ignore.ts';
import type { NetworkReport } from './report/report.ts';
import { consistentSet } from './suggest/consistent-set.ts';
import { snippet } from './suggest/snippet.ts';
import { suggest } from './suggest/suggest.ts';

/** Input of a check, besides the inventory. */
export interface CheckRequest {
  readonly cluster: readonly ClusterNetwork[];
  readonly facts: ClusterFacts;
  /** Addresses by which a name server is recognised as cluster DNS; `dnsAssumed` when they are only the installer's default. */
  readonly dns: ClusterFacts['dns'];
  readonly dnsAssumed: boolean;
  readonly isIgnored: IsIgnored;
}

/** Few enough to compare by eye. */
const suggestionsPerNetwork = 3;

/** Compares, judges and suggests: all of check-networks between reading and printing. */
export function checkInventory(inventory: Inventory, request: CheckRequest): NetworkReport {
  const { cluster, facts, dns, dnsAssumed, isIgnored } = request;
  const known = withoutDuplicates(inventory.known);
  const compared = compare(known, { networks: cluster, nodes: facts.nodes, dns, dnsAssumed }, isIgnored);
  const rules = withoutIgnored([...checkClusterRules(cluster, facts), ...checkClusterAddresses(cluster, facts)], isIgnored);
  const findings = sortedFindings([...compared.findings, ...rules.findings], cluster);
  const toRenumber = new Set(findings.filter((finding) => finding.movable).map((finding) => finding.cluster));
  // A suggestion must not contain the binds, the addresses of Services, or a cluster DNS outside the cluster networks, such as on the control-plane node.
  const hosts = [...[...facts.binds.map(({ address }) => address), ...facts.dns].map(hostNetwork), ...facts.pools];
  const space = { occupied: inventory.occupied, avoid: [...cluster.map(({ network }) => network), ...hosts] };
  return {
    cluster,
    compared: inventory.counts.compared,
    known,
    occupied: inventory.occupied,
    findings,
    clusterOwned: compared.clusterOwned.map(excluded),
    ignored: [...compared.ignored.map(excluded), ...rules.ignored],
    faults: inventory.faults,
    suggestions: new Map([...toRenumber].map((item) => [item, suggest(space, item.network, suggestionsPerNetwork)])),
    snippet: findings.some(({ severity }) => severity === 'error')
      ? snippet(consistentSet(cluster, findings, space, facts), facts.installer)
      : null,
  };
}

/** Reserved ranges and binds can be ignored by their network; cluster networks that overlap each other, and misplaced addresses, cannot. */
function withoutIgnored(
  findings: readonly NetworkFinding[],
  isIgnored: IsIgnored,
): { readonly findings: readonly NetworkFinding[]; readonly ignored: readonly ExcludedNetwork[] } {
  const ignored = findings.filter(({ source, other }) => (source === 'reserved' || source === 'bind') && isIgnored(other, null));
  return {
    findings: findings.filter((finding) => !ignored.includes(finding)),
    ignored: ignored.map(({ otherName, other, source }) => ({ name: otherName, network: other, source })),
  };
}

function excluded({ name, network, kind }: KnownNetwork): ExcludedNetwork {
  return { name, network, source: kind };
}
