/** The address of the first node, where the control plane is, as kubeadm has it. */
export const controlPlaneAddress = '192.0.2.11';
export const apiPort = 6443;
/** The network of Services, and the address of cluster DNS in it: kubeadm's defaults. */
export const serviceNetwork = '10.96.0.0/12';
export const dnsAddress = '10.96.0.10';
export const podNetwork = '10.244.0.0/16';

/** Which pods run on which node. */
export interface Layout {
  /** The networks of each node, as its network plugin gives them. */
  readonly networks: Readonly<Record<NodeName, readonly string[]>>;
  /** The address of the pod of CoreDNS, on the first node. */
  readonly dns: string;
  /** The pods of the Service `shop`: their addresses, and their nodes. */
  readonly shop: readonly { readonly address: string; readonly node: NodeName }[];
}

export type NodeName = 'node1' | 'node2';

export const nodes: Readonly<Record<NodeName, string>> = { node1: controlPlaneAddress, node2: '192.0.2.12' };

/** An order to the process of the control plane. */
export type ClusterOrder =
  /** Removes the pods that are there, and makes those of the layout. */
  | { readonly kind: 'pods'; readonly layout: Layout }
  /** Sets whether the pods of `shop` are ready. */
  | { readonly kind: 'ready'; readonly ready: boolean };

/** What the control plane says when it is ready. */
export interface ClusterReady {
  /** A kubeconfig of the administrator, for every machine in the network of the nodes. */
  readonly adminKubeconfig: string;
}
