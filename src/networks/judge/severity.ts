import { relationOf } from '../../ip/network.ts';
import { type Cluster, clusterOwned } from './cluster-owned.ts';
import { withoutDuplicates } from './duplicates.ts';
import type { NetworkFinding } from './finding.ts';
import { deviceOf, type Ignore } from './ignore.ts';
import type { ClusterNetwork, KnownNetwork } from './known.ts';

/** What comparing made of the known things. */
export interface SeverityDecision {
  readonly findings: readonly NetworkFinding[];
  readonly own: readonly KnownNetwork[];
  readonly ignored: readonly KnownNetwork[];
}

/**
 * Compares each known thing with each cluster network.
 *
 * | what overlaps                                            | same, inside | contains |
 * |----------------------------------------------------------|--------------|----------|
 * | interface, gateway, name server, declared, on-link route | error        | error    |
 * | a route of type local: an address of this host           | error        | error    |
 * | any other route                                          | error        | warning  |
 */
export function severityOf(known: readonly KnownNetwork[], cluster: Cluster, ignore: Ignore): SeverityDecision {
  const all = withoutDuplicates(known);
  const own = clusterOwned(all, cluster);
  const ignored = new Set<KnownNetwork>();
  const findings: NetworkFinding[] = [];
  for (const item of all) {
    if (own.has(item)) continue;
    for (const network of cluster.networks) {
      const finding = compare(item, network);
      if (finding === null) continue;
      if (ignore(item.network, deviceOf(item))) ignored.add(item);
      else findings.push(finding);
    }
  }
  // The gateways of own routes are the same fact as the routes.
  return { findings, own: [...own].filter(({ kind }) => kind !== 'gateway'), ignored: [...ignored] };
}

function compare(known: KnownNetwork, cluster: ClusterNetwork): NetworkFinding | null {
  const relation = relationOf(known.network, cluster.network);
  if (relation === null) return null;
  const severity = relation === 'contains' && known.kind === 'route' && !known.onLink && known.type !== 'local' ? 'warning' : 'error';
  const { network: other, name: otherName, kind: source } = known;
  return { severity, relation, cluster, other, otherName, source, about: { kind: 'known', known }, movable: true };
}
