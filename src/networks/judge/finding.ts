import { type Network, type Relation, relationOf } from '../../ip/network.ts';
import type { ClusterNetwork } from '../facts/cluster.ts';
import type { KnownNetwork, NetworkSource } from '../facts/known.ts';

/** A network or address that overlaps a cluster network, or that does not fit it. */
export interface NetworkFinding {
  readonly severity: 'error' | 'warning';
  /** `outside` when `other` should lie in the cluster network and does not. */
  readonly relation: Relation | 'outside';
  readonly cluster: ClusterNetwork;
  readonly other: Network;
  readonly otherName: string;
  readonly source: NetworkSource;
  /** The known network, whose message is made when it is shown, or the message itself. */
  readonly subject: KnownNetwork | string;
  /** Whether another network for the cluster resolves it. */
  readonly movable: boolean;
}

/** A network that is listed but not counted: the cluster's own, or an ignored one. */
export interface ExcludedNetwork {
  readonly name: string;
  readonly network: Network;
  readonly source: string;
}

/** The addresses that both networks have: those of the smaller one; null when they share none. */
export function overlapOf({ cluster, other }: NetworkFinding): Network | null {
  const relation = relationOf(other, cluster.network);
  if (relation === null) return null;
  return relation === 'contains' ? cluster.network : other;
}

/** The findings sorted: errors before warnings, then in the order of the cluster's networks, then by address. */
export function sortedFindings(findings: readonly NetworkFinding[], cluster: readonly ClusterNetwork[]): readonly NetworkFinding[] {
  const place = new Map(cluster.map((network, i) => [network, i]));
  const rank = (finding: NetworkFinding) => (finding.severity === 'error' ? 0 : 1);
  return [...findings].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (place.get(a.cluster) ?? 0) - (place.get(b.cluster) ?? 0) ||
      (a.other.first < b.other.first ? -1 : a.other.first > b.other.first ? 1 : a.other.prefix - b.other.prefix),
  );
}

/** A relation in words. */
export function relationText(relation: NetworkFinding['relation']): string {
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
