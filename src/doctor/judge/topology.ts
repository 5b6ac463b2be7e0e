import type { ClusterConfig } from '../../config/config.ts';
import type { Address } from '../../ip/address.ts';
import { shortList } from '../../terminal/short-list.ts';
import { type Check, fail, pass, skip, warn } from '../check.ts';

const recommended = 3;

/** Judges whether there is exactly one master: several addresses of one name are several machines (the role supports no multi-master setup). */
export function judgeMaster(name: string, { master }: ClusterConfig, addresses: readonly Address[]): Check {
  if (master === null) return skip(name, 'cluster.master is not set');
  const distinct = (family: 4 | 6) => addresses.filter((address) => address.family === family);
  const max = distinct(4).length > 1 ? distinct(4) : distinct(6);
  if (addresses.length === 0) return skip(name, `${master} has no address`);
  if (max.length > 1) {
    const remedy = 'a cluster has exactly one master: let the name have one address, or name the one master by its address';
    return fail(name, `${master} has ${max.length} addresses: ${shortList(max.map(({ text }) => text))}`, remedy);
  }
  return pass(name, `${master}, at ${addresses.map(({ text }) => text).join(' and ')}`);
}

/** Judges whether there is at least one node, and preferably three. The master may be one of them. */
export function judgeNodes(name: string, { nodes }: ClusterConfig): Check {
  const names = shortList(nodes.map((node) => node.name));
  if (nodes.length === 0) return fail(name, 'cluster.nodes names none', 'a cluster needs at least one node: name them in cluster.nodes');
  if (nodes.length < recommended)
    return warn(
      name,
      `${nodes.length} of the recommended ${recommended}: ${names}`,
      `add nodes to the cluster and to cluster.nodes; ${recommended} are recommended`,
    );
  return pass(name, `${nodes.length}: ${names}`);
}
