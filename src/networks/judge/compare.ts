import { relationOf } from '../../ip/network.ts';
import type { ClusterNetwork } from '../facts/cluster.ts';
import { deviceOf, type KnownNetwork, mayContainCluster } from '../facts/known.ts';
import { type ClusterIdentity, ownNetworks } from './cluster-owned.ts';
import type { NetworkFinding } from './finding.ts';
import type { IsIgnored } from './ignore.ts';

/** The known networks, divided by what they mean for the cluster. */
export interface Comparison {
  readonly findings: readonly NetworkFinding[];
  /** The cluster's own. */
  readonly clusterOwned: readonly KnownNetwork[];
  readonly ignored: readonly KnownNetwork[];
}

/**
 * Compares each known network with each cluster network. `known` has no duplicates.
 *
 * | what overlaps                                            | same, inside | contains |
 * |----------------------------------------------------------|--------------|----------|
 * | interface, gateway, name server, declared, on-link route | error        | error    |
 * | a route of type local: an address of this host           | error        | error    |
 * | any other route                                          | error        | warning  |
 */
export function compare(known: readonly KnownNetwork[], identity: ClusterIdentity, isIgnored: IsIgnored): Comparison {
  const own = ownNetworks(known, identity);
  const ignored: KnownNetwork[] = [];
  const findings: NetworkFinding[] = [];
  for (const item of known) {
    if (own.has(item)) continue;
    const found = identity.networks.flatMap((network) => findingOf(item, network) ?? []);
    // Called for every network, so that names which match nothing can be reported.
    const accepted = isIgnored(item.network, deviceOf(item));
    if (found.length > 0 && accepted) ignored.push(item);
    else findings.push(...found);
  }
  // The gateways of own routes repeat the routes.
  return { findings, clusterOwned: [...own].filter(({ kind }) => kind !== 'gateway'), ignored };
}

function findingOf(known: KnownNetwork, cluster: ClusterNetwork): NetworkFinding | null {
  const relation = relationOf(known.network, cluster.network);
  if (relation === null) return null;
  const severity = relation === 'contains' && mayContainCluster(known) ? 'warning' : 'error';
  const { network: other, name: otherName, kind: source } = known;
  return { severity, relation, cluster, other, otherName, source, subject: known, movable: true };
}
