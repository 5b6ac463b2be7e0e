import type { Bind } from '../haproxy-syntax/bind.ts';
import type { Address } from '../ip/address.ts';
import type { Network } from '../ip/network.ts';
import type { AddressRange } from '../ip/range.ts';

/** A cluster DNS server that podfront and HAProxy ask. */
export interface Nameserver {
  readonly address: Address;
  readonly port: number;
  /** `tcp` when it is written as `tcp@...`: it is never asked over UDP. */
  readonly transport: 'udp' | 'tcp';
}

/** The access to the Kubernetes API. */
export type ApiAccess =
  /** By a kubeconfig, in this context; null for its current one. */
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string | null }
  /** From a pod, with the credentials of its ServiceAccount. */
  | { readonly kind: 'inCluster' };

/** The key `cluster`. */
export interface ClusterConfig {
  readonly domain: string;
  readonly nameservers: readonly Nameserver[];
  readonly serviceNetworks: readonly Network[];
  readonly podNetworks: readonly Network[];
  readonly dashboardClusterIP: Address | null;
  readonly existingNetworks: readonly { readonly name: string; readonly network: Network }[];
  /** Host name or address of the API server, for `doctor`. */
  readonly master: string | null;
  readonly nodes: readonly { readonly name: string; readonly address: Address }[];
  /** The Kubernetes API as a source; null where only cluster DNS is asked. */
  readonly api: ApiAccess | null;
}

/** The way to make HAProxy reload its file. */
export type Reload =
  | { readonly kind: 'systemd'; readonly unit: string }
  | { readonly kind: 'master'; readonly socket: string }
  | { readonly kind: 'pidfile'; readonly file: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'none' };

/** The key `haproxy`. */
export interface HaproxyConfig {
  readonly output: string;
  readonly layout: 'full' | 'fragment';
  readonly with: readonly string[];
  readonly binary: string;
  readonly version: string | 'auto';
  readonly reload: Reload;
  readonly socket: string | null;
  /** Whether warnings of HAProxy are shown, or refused like errors. */
  readonly warnings: 'allow' | 'refuse';
  readonly templates: string | null;
  readonly global: readonly string[];
  readonly defaults: readonly string[];
  readonly stats: Bind | null;
  /** The HAProxy instances that share their stick tables; without any there is no `peers` section. */
  readonly peers: readonly { readonly name: string; readonly address: Bind }[];
  /** The name of this instance among the peers; null: the host name. */
  readonly localPeer: string | null;
}

/** The key `pace`. */
export interface Pace {
  /** Times are in milliseconds. */
  readonly poll: number;
  readonly settle: { readonly min: number; readonly max: number };
  readonly reloadEvery: number;
  /** The time for which connections of a pod that is gone may last. */
  readonly drain: number;
  /** When more than this share of the listens (0 to 1) lose all pods at once, their last known servers stay; null for never. */
  readonly keepLost: number | null;
}

/** The status address of `watch`. */
export type StatusAddress =
  | { readonly kind: 'tcp'; readonly address: Address; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** TLS that HAProxy terminates at a bind. */
export interface BindTls {
  /** Absolute path of a certificate with its key, or of a folder of them. */
  readonly crt: string;
  /** The protocols offered by ALPN, the preferred one first. */
  readonly alpn: readonly string[];
}

/** A bind address of a listen. */
export interface ListenBind extends Bind {
  readonly tls: BindTls | null;
}

/** HTTP basic authentication of a listen. */
export interface BasicAuth {
  /** htpasswd-style: `user:hash`, or `user:hash:group,group`. */
  readonly file: string;
  /** The group whose members have access; null: every user of the file. */
  readonly group: string | null;
  /** group(5)-style file with the members; null: the third field of `file` has the groups. */
  readonly groupFile: string | null;
}

/** The target of a listen: exactly one of podPort, servicePort and lbServicePort. */
export type Destination =
  | { readonly kind: 'pods'; readonly port: number | { readonly name: string } }
  | { readonly kind: 'service'; readonly port: number }
  | { readonly kind: 'nodes'; readonly port: number };

/** TLS to the servers of a listen. */
export type BackendTls =
  | { readonly kind: 'none' }
  | { readonly kind: 'unverified'; readonly sni: string | null }
  | { readonly kind: 'verified'; readonly caFile: string; readonly sni: string | null };

/** A listen: the addresses that HAProxy binds, and the Service behind them. */
export interface Listen {
  readonly name: string;
  readonly binds: readonly ListenBind[];
  /** The host names of this listen, where several listens share an address: `app.example.org`, `*.example.org`. */
  readonly hosts: readonly string[];
  readonly serviceName: string;
  readonly namespace: string;
  readonly destination: Destination;
  /** `auto` finds out which records cluster DNS has; with `cluster.api` it has become `endpoints`. */
  readonly records: 'auto' | 'wildcard' | 'headless' | 'srv' | 'endpoints';
  /** The port of the ClusterIP that is the backup. `auto`, with `endpoints` alone: the port of the Service that leads to the pods'. */
  readonly fallbackServicePort: number | 'auto' | null;
  /** The Service of `fallbackServicePort`; null: `serviceName`. */
  readonly fallbackServiceName: string | null;
  /** Whether addresses outside the pod and service networks are used. */
  readonly outside: boolean;
  /** Whether a listen without pods is allowed, so that it leads to no finding. */
  readonly mayBeEmpty: boolean;
  readonly maxExpectedPods: 'auto' | number;
  readonly mode: 'tcp' | 'http';
  /** Whether requests without TLS are redirected to HTTPS. */
  readonly redirectToHttps: boolean;
  /** The max-age of Strict-Transport-Security in answers over TLS, in seconds. */
  readonly hsts: number | null;
  readonly basicAuth: BasicAuth | null;
  /** The names of the nodes to use, of `cluster.nodes`; null: all of them. */
  readonly nodes: readonly string[] | null;
  readonly balance: string;
  readonly tls: BackendTls;
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly check: boolean;
  /** TLS of the health checks, where the traffic itself is passed through. */
  readonly checkTls: BackendTls;
  readonly extraPodTemplateOptions: string;
  readonly haproxyExtraConfig: readonly string[];
}

/** The key `loadBalancer`: the Services that are served, and their addresses. */
export interface LoadBalancerConfig {
  /** The `spec.loadBalancerClass` of the Services. */
  readonly class: string;
  /** Whether Services of type LoadBalancer without a class are served too. */
  readonly default: boolean;
  readonly addresses: readonly AddressRange[];
  /** The namespaces of the Services; empty: all. */
  readonly namespaces: readonly string[];
  /** The namespace of the Lease by which the VMs of one class choose the one that writes. */
  readonly leaseNamespace: string;
}

/** The configuration, with every default applied and every value validated. */
export interface Config {
  /** The file it was read from, for messages. */
  readonly file: string;
  readonly cluster: ClusterConfig;
  readonly haproxy: HaproxyConfig;
  readonly status: StatusAddress | null;
  readonly pace: Pace;
  readonly listens: readonly Listen[];
  /** Null where podfront does not serve Services of type LoadBalancer. */
  readonly loadBalancer: LoadBalancerConfig | null;
}
