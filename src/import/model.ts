import type { ServerTls } from './server-options.ts';

/** A listen as it goes into podfront.yaml. Values are texts that are not validated yet. */
export interface ImportedListen {
  readonly name: string;
  /** Line number in the source. */
  readonly line: number;
  readonly binds: readonly ImportedBind[];
  /** Empty for a listen that does not share its addresses, or that serves all other hosts on them. */
  readonly hosts: readonly string[];
  /** The frontend whose addresses it shares; null where it does not share any. */
  readonly shared: string | null;
  readonly service: string;
  readonly namespace: string;
  readonly target:
    | {
        readonly kind: 'pods';
        readonly port: number | string;
        readonly records: 'wildcard' | 'headless' | 'srv';
        readonly maxExpectedPods: number;
      }
    | { readonly kind: 'service'; readonly port: number }
    | { readonly kind: 'nodes'; readonly port: number };
  readonly fallbackServicePort: number | null;
  /** The service of this port where it is another one; null for its own. */
  readonly fallbackServiceName: string | null;
  readonly mode: 'tcp' | 'http';
  readonly balance: string;
  readonly tls: ServerTls;
  readonly checkTls: ServerTls;
  readonly redirectToHttps: boolean;
  /** max-age in seconds. */
  readonly hsts: number | null;
  readonly basicAuth: ImportedAuth | null;
  /** Those of the cluster's nodes that it reaches; null for all of them. */
  readonly nodes: readonly string[] | null;
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly check: boolean;
  readonly extraOptions: string;
  readonly extraLines: readonly string[];
  /** The faults of the hand-written sections, one sentence each. */
  readonly faults: readonly string[];
  /** Comments on lines that became keys. Those of other lines are kept in extraLines. */
  readonly comments: { readonly listen: readonly string[]; readonly servers: readonly string[] };
}

/** The users of a listen: those of a userlist, or the members of one of its groups. */
export interface ImportedAuth {
  readonly userlist: string;
  readonly group: string | null;
}

/** A bind of an imported listen. */
export interface ImportedBind {
  readonly text: string;
  /** The text in the source where that is not a valid address and `text` is corrected; null where nothing was corrected. */
  readonly original: string | null;
  /** The TLS that HAProxy terminates; null for none. `alpn` is null for the default of the mode. */
  readonly tls: { readonly crt: string; readonly alpn: readonly string[] | null } | null;
  readonly comments: readonly string[];
}

/** The content of a new podfront.yaml. */
export interface Imported {
  /** Comments outside the listens. */
  readonly comments: readonly string[];
  readonly domain: string | null;
  /** Null for the configuration's default. */
  readonly nameservers: readonly string[] | null;
  readonly poll: string | null;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  readonly socket: string | null;
  readonly stats: string | null;
  readonly peers: readonly { readonly name: string; readonly address: string }[];
  /** The name of this HAProxy among the peers; null for the host name. */
  readonly localPeer: string | null;
  readonly global: readonly string[];
  readonly defaults: readonly string[];
  readonly listens: readonly ImportedListen[];
  /** The faults of the resolvers section and of other parts outside the listens. */
  readonly faults: readonly string[];
}
