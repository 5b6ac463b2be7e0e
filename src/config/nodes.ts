import type { Config, Listen } from './config.ts';

/** The nodes of a listen with `lbServicePort`, in the order of `cluster.nodes`. */
export function nodesOfListen({ cluster }: Config, { nodes }: Listen): Config['cluster']['nodes'] {
  return nodes === null ? cluster.nodes : cluster.nodes.filter(({ name }) => nodes.includes(name));
}
