/** What both sides of a test cluster know. */
export const bridgeAddress = '192.0.2.1';
export const apiPort = 6443;
export const podPort = 8080;
/** The port of a web server. */
export const webPodPort = 80;
/** The ports on which pods want a PROXY protocol header, and TLS. */
export const proxyPodPort = 8081;
export const tlsPodPort = 8443;

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
