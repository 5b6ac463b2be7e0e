import { type Layout, nodes } from './layout.ts';

/** The network plugins of docs/first-steps.md. */
export type Plugin = 'flannel' | 'Calico' | 'Cilium';

/**
 * The objects by which a cluster with that plugin says which pods are where: the podCIDR of nodes, Calico's IPAMBlock
 * (crd.projectcalico.org/v1), Cilium's CiliumNode (cilium.io/v2). The definitions admit any field.
 */
export function objectsOf(plugin: Plugin, { networks }: Layout): readonly object[] {
  const all = Object.entries(networks);
  switch (plugin) {
    case 'flannel':
      return all.map(([name, [podCIDR]]) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        spec: { podCIDR, podCIDRs: [podCIDR] },
      }));
    case 'Calico':
      return all.flatMap(([node, blocks]) =>
        blocks.map((cidr) => ({
          apiVersion: 'crd.projectcalico.org/v1',
          kind: 'IPAMBlock',
          metadata: { name: cidr.replaceAll(/[./]/g, '-') },
          spec: { cidr, affinity: `host:${node}`, strictAffinity: false },
        })),
      );
    case 'Cilium':
      return all.map(([name, podCIDRs]) => ({
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNode',
        metadata: { name },
        spec: { addresses: [{ type: 'InternalIP', ip: nodes[name as keyof typeof nodes] }], ipam: { podCIDRs } },
      }));
    default:
      return plugin satisfies never;
  }
}

/** The definitions of those objects, which have to be in the cluster first. */
export const definitions: readonly object[] = [
  definition('crd.projectcalico.org', 'v1', 'IPAMBlock', 'ipamblocks'),
  definition('cilium.io', 'v2', 'CiliumNode', 'ciliumnodes'),
];

function definition(group: string, version: string, kind: string, plural: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
