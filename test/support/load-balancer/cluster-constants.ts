/** What both sides of a test cluster know. */
export const bridgeAddress = '192.0.2.1';
export const apiPort = 6443;
export const podPort = 8080;

/** An order to the process in the cluster's namespace. */
export type ClusterOrder =
  /** Whether a VM reaches the API, by its address: connections that it has are cut. */
  { readonly kind: 'reach'; readonly vm: string; readonly reachable: boolean } | { readonly kind: 'end' };

/** What the cluster tells when it is ready. */
export interface ClusterReady {
  readonly adminKubeconfig: string;
  /** PEM of the authority behind its certificate. */
  readonly authority: string;
}
