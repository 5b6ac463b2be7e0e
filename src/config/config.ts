import type { Bind } from '../haproxy-syntax/bind.ts';
import type { Address } from '../ip/address.ts';
import type { Network } from '../ip/network.ts';

/** A cluster DNS server as podfront and HAProxy ask it. */
export interface Nameserver {
  readonly address: Address;
  readonly port: number;
  /** `tcp` when it was written as `tcp@...`: never asked over UDP. */
  readonly transport: 'udp' | 'tcp';
}

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
}

/** How HAProxy is told to read its file again. */
export type Reload =
  | { readonly kind: 'systemd'; readonly unit: string }
  | { readonly kind: 'master'; readonly socket: string }
  | { readonly kind: 'pidfile'; readonly file: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'none' };

export interface HaproxyConfig {
  readonly output: string;
  readonly layout: 'full' | 'fragment';
  readonly with: readonly string[];
  readonly binary: string;
  readonly version: string | 'auto';
  readonly reload: Reload;
  readonly socket: string | null;
  readonly templates: string | null;
  readonly global: readonly string[];
  readonly defaults: readonly string[];
  readonly stats: Bind | null;
  /** The HAProxys that share their stick tables; none: no `peers` section. */
  readonly peers: readonly { readonly name: string; readonly address: Bind }[];
  /** Which of them this one is; null: the one named as the host. */
  readonly localPeer: string | null;
}

export interface Pace {
  /** All in milliseconds. */
  readonly poll: number;
  readonly settle: { readonly min: number; readonly max: number };
  readonly reloadEvery: number;
}

/** Where the status address of `watch` is. */
export type StatusAddress =
  | { readonly kind: 'tcp'; readonly address: Address; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** TLS that ends at a bind. */
export interface BindTls {
  /** Absolute path of a certificate with its key, or of a folder of them. */
  readonly crt: string;
  /** Protocols offered by ALPN, the preferred one first. */
  readonly alpn: readonly string[];
}

/** An address of a listen. */
export interface ListenBind extends Bind {
  readonly tls: BindTls | null;
}

/** Who may use a listen, by HTTP basic authentication. */
export interface BasicAuth {
  /** htpasswd-style: `user:hash`, or `user:hash:group,group`. */
  readonly file: string;
  /** null: every user of the file. */
  readonly group: string | null;
  /** group(5)-style file that tells the members; null: the third field of `file` does. */
  readonly groupFile: string | null;
}

/** What a listen reaches: exactly one of podPort, servicePort and lbServicePort. */
export type Target =
  | { readonly kind: 'pods'; readonly port: number | { readonly name: string } }
  | { readonly kind: 'service'; readonly port: number }
  | { readonly kind: 'nodes'; readonly port: number };

export type BackendTls =
  | { readonly kind: 'none' }
  | { readonly kind: 'unverified'; readonly sni: string | null }
  | { readonly kind: 'verified'; readonly caFile: string; readonly sni: string | null };

export interface Listen {
  readonly name: string;
  readonly binds: readonly ListenBind[];
  /** Names by which requests come here, where several listens share an address: `app.example.org`, `*.example.org`. */
  readonly hosts: readonly string[];
  readonly serviceName: string;
  readonly namespace: string;
  readonly target: Target;
  readonly records: 'auto' | 'wildcard' | 'headless' | 'srv';
  readonly fallbackServicePort: number | null;
  readonly maxExpectedPods: 'auto' | number;
  readonly mode: 'tcp' | 'http';
  /** Requests without TLS are sent to the same address with it. */
  readonly redirectToHttps: boolean;
  /** Strict-Transport-Security in answers over TLS, in seconds. */
  readonly hsts: number | null;
  readonly basicAuth: BasicAuth | null;
  /** Those of `cluster.nodes` to go to, by name; null: all of them. */
  readonly nodes: readonly string[] | null;
  readonly balance: string;
  readonly tls: BackendTls;
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly check: boolean;
  /** TLS of the health checks alone, where the traffic passes as it is. */
  readonly checkTls: BackendTls;
  readonly extraPodTemplateOptions: string;
  readonly haproxyExtraConfig: readonly string[];
}

/** The whole configuration, every default applied and every value validated. */
export interface Config {
  /** The file it was read from, for messages. */
  readonly file: string;
  readonly cluster: ClusterConfig;
  readonly haproxy: HaproxyConfig;
  readonly status: StatusAddress | null;
  readonly pace: Pace;
  readonly listens: readonly Listen[];
}
