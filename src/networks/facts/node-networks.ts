import type { Network } from '../../ip/network.ts';

/** The prefix of the part of a pod network that each node gets: the controller manager's default (`--node-cidr-mask-size-ipv4`, `-ipv6`), and flannel's. */
export function nodePrefix(family: 4 | 6): number {
  return family === 4 ? 24 : 64;
}

/** The number of nodes that a pod network has room for. */
export function nodesIn(podNetwork: Network): bigint {
  const perNode = nodePrefix(podNetwork.family);
  return podNetwork.prefix > perNode ? 0n : 1n << BigInt(perNode - podNetwork.prefix);
}

/** The longest prefix of a pod network with room for that many nodes. */
export function prefixForNodes(family: 4 | 6, nodes: number): number {
  return nodePrefix(family) - Math.ceil(Math.log2(Math.max(1, nodes)));
}
