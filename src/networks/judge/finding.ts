import { type Network, type Relation, relationOf } from '../../ip/network.ts';
import type { ClusterNetwork, KnownNetwork, NetworkSource } from './known.ts';

/** Something that overlaps a cluster network, or that does not fit it. */
export interface NetworkFinding {
  readonly severity: 'error' | 'warning';
  /** `outside` when the fault is that `other` should lie in the cluster network and does not. */
  readonly relation: Relation | 'outside';
  readonly cluster: ClusterNetwork;
  readonly other: Network;
  readonly otherName: string;
  readonly source: NetworkSource;
  /** What the finding is about: something known, whose sentence is made when it is shown, or a sentence that stands. */
  readonly about: { readonly kind: 'known'; readonly known: KnownNetwork } | { readonly kind: 'said'; readonly text: string };
  /** Whether another network for the cluster cures it. */
  readonly movable: boolean;
}

/** The addresses both have: the smaller of the two; null when they share none. */
export function overlapOf({ cluster, other }: NetworkFinding): Network | null {
  const relation = relationOf(other, cluster.network);
  if (relation === null) return null;
  return relation === 'contains' ? cluster.network : other;
}

/** Errors before warnings; within each in the order of the cluster's networks, then by address. */
export function sorted(findings: readonly NetworkFinding[], cluster: readonly ClusterNetwork[]): readonly NetworkFinding[] {
  const place = new Map(cluster.map((network, i) => [network, i]));
  const rank = (finding: NetworkFinding) => (finding.severity === 'error' ? 0 : 1);
  return [...findings].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (place.get(a.cluster) ?? 0) - (place.get(b.cluster) ?? 0) ||
      (a.other.first < b.other.first ? -1 : a.other.first > b.other.first ? 1 : a.other.prefix - b.other.prefix),
  );
}
