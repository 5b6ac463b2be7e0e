import type { ServerTls } from './server-options.ts';

/** A listen as it goes into podfront.yaml. Values are texts that the configuration's own reading has still to accept. */
export interface ImportedListen {
  readonly name: string;
  /** The line it begins at. */
  readonly number: number;
  readonly binds: readonly ImportedBind[];
  readonly service: string;
  readonly namespace: string;
  readonly reach:
    | { readonly kind: 'pods'; readonly port: number | string; readonly records: 'wildcard' | 'headless' | 'srv'; readonly slots: number }
    | { readonly kind: 'service'; readonly port: number }
    | { readonly kind: 'nodes'; readonly port: number };
  readonly fallbackServicePort: number | null;
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
  /** What was wrong with it as it was written, a sentence each. */
  readonly faults: readonly string[];
  /** Comments of what has a key of its own. Those of other lines stand in extraLines. */
  readonly comments: { readonly listen: readonly string[]; readonly servers: readonly string[] };
}

/** Who may use a listen: the users of a list, or the members of a group of it. */
export interface ImportedAuth {
  readonly list: string;
  readonly group: string | null;
}

export interface ImportedBind {
  readonly text: string;
  /** As it was written, where that is no address; null where nothing was mended. */
  readonly mended: string | null;
  /** Where TLS ends; `alpn` is null where the mode's own is meant. */
  readonly tls: { readonly crt: string; readonly alpn: readonly string[] | null } | null;
  readonly comments: readonly string[];
}

/** Everything that is taken over. */
export interface Imported {
  /** What stood as comments around the listens. */
  readonly comments: readonly string[];
  readonly domain: string | null;
  /** Null: the configuration's default. */
  readonly nameservers: readonly string[] | null;
  readonly poll: string | null;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  readonly socket: string | null;
  readonly stats: string | null;
  readonly global: readonly string[];
  readonly defaults: readonly string[];
  readonly listens: readonly ImportedListen[];
  /** Of the resolvers section and of what stands around the listens. */
  readonly faults: readonly string[];
}
