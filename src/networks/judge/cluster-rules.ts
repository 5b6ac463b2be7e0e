import { contains, hostNetwork, type Network, relationOf } from '../../ip/network.ts';
import type { ClusterFacts, ClusterNetwork } from '../facts/cluster.ts';
import { installerOptions } from '../facts/installers.ts';
import type { NetworkSource } from '../facts/known.ts';
import { nodePrefix, nodesIn, prefixForNodes } from '../facts/node-networks.ts';
import { reservedRanges } from '../facts/reserved.ts';
import { usableAddresses } from '../facts/service-addresses.ts';
import { type NetworkFinding, relationText } from './finding.ts';

/** The faults of the cluster's networks by themselves, whatever networks this VM has. */
export function checkClusterRules(cluster: readonly ClusterNetwork[], facts: ClusterFacts): readonly NetworkFinding[] {
  return [
    ...overlapsOfEachOther(cluster),
    ...cluster.flatMap(overlapsOfReserved),
    ...cluster.flatMap((network) => tooFewAddresses(network, facts)),
    ...cluster.flatMap((network) => bindsInside(network, facts)),
    ...cluster.flatMap((network) => poolsOverlapping(network, facts)),
    ...cluster.flatMap((network) => tooFewNodes(network, facts.nodes.length)),
  ];
}

function overlapsOfEachOther(cluster: readonly ClusterNetwork[]): readonly NetworkFinding[] {
  return cluster.flatMap((first, i) =>
    cluster.slice(i + 1).flatMap((second) => {
      const relation = relationOf(second.network, first.network);
      if (relation === null) return [];
      const text = `the ${second.name} ${second.network.cidr} ${relationText(relation)} the ${first.name} ${first.network.cidr}: an address can belong to a pod or to a service, not to both; change ${first.optionsToChange}`;
      return [{ ...ruleFinding('error', first, second.network, second.name, 'cluster', text), relation, movable: true }];
    }),
  );
}

function overlapsOfReserved(cluster: ClusterNetwork): readonly NetworkFinding[] {
  return reservedRanges.flatMap(({ network, name, severity, why }) => {
    const relation = relationOf(network, cluster.network);
    if (relation === null) return [];
    const how = relation === 'contains' ? 'lies in' : relation === 'same' ? 'is' : 'contains';
    const text = `the ${cluster.name} ${cluster.network.cidr} ${how} ${network.cidr} (${name}): ${why}; change ${cluster.optionsToChange}`;
    return [{ ...ruleFinding(severity, cluster, network, name, 'reserved', text), relation, movable: true }];
  });
}

/** The API and cluster DNS need an address each. */
function tooFewAddresses(cluster: ClusterNetwork, { installer }: ClusterFacts): readonly NetworkFinding[] {
  const { network, role } = cluster;
  const usable = usableAddresses(network);
  if (role !== 'service' || usable >= 2n) return [];
  const text = `the service network ${network.cidr} has ${usable} usable addresses, and the API and cluster DNS need one each; make it larger in ${installerOptions[installer].service}`;
  return [{ ...ruleFinding('warning', cluster, network, 'service network', 'address', text), relation: 'same', movable: false }];
}

function bindsInside(cluster: ClusterNetwork, { binds }: ClusterFacts): readonly NetworkFinding[] {
  return binds
    .filter(({ address }) => contains(cluster.network, address))
    .map(({ name, address }) => {
      const text = `the listen ${name} binds ${address.text}, inside the ${cluster.name} ${cluster.network.cidr}: a frontend needs an address that is not the cluster's; bind another, or change ${cluster.optionsToChange}`;
      return { ...ruleFinding('error', cluster, hostNetwork(address), name, 'bind', text), movable: true };
    });
}

/** Services are served on these addresses, which are binds as soon as a Service has them. */
function poolsOverlapping(cluster: ClusterNetwork, { pools }: ClusterFacts): readonly NetworkFinding[] {
  return pools.flatMap((pool) => {
    const relation = relationOf(pool, cluster.network);
    if (relation === null) return [];
    const text = `${pool.cidr} of loadBalancer.addresses ${relationText(relation)} the ${cluster.name} ${cluster.network.cidr}: Services need addresses that are not the cluster's; take others, or change ${cluster.optionsToChange}`;
    return [{ ...ruleFinding('error', cluster, pool, 'loadBalancer.addresses', 'bind', text), relation, movable: true }];
  });
}

function tooFewNodes(cluster: ClusterNetwork, nodes: number): readonly NetworkFinding[] {
  const { network } = cluster;
  if (cluster.role !== 'pod' || nodes === 0) return [];
  const room = nodesIn(network);
  if (room >= BigInt(nodes)) return [];
  const text = `the pod network ${network.cidr} has room for ${room} nodes of a /${nodePrefix(network.family)} each, and cluster.nodes has ${nodes}: the others get no pods; make it a /${prefixForNodes(network.family, nodes)} or larger in ${cluster.option}`;
  return [{ ...ruleFinding('error', cluster, network, 'cluster.nodes', 'config', text), relation: 'same' }];
}

/** A finding with a message of its own, of a network or address inside the cluster network. */
export function ruleFinding(
  severity: NetworkFinding['severity'],
  cluster: ClusterNetwork,
  other: Network,
  otherName: string,
  source: NetworkSource,
  text: string,
): NetworkFinding {
  return { severity, relation: 'inside', cluster, other, otherName, source, subject: text, movable: false };
}
