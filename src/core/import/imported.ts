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
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly check: boolean;
  readonly extraOptions: string;
  readonly extraLines: readonly string[];
  /** What was wrong with it as it was written, a sentence each. */
  readonly faults: readonly string[];
}

export interface ImportedBind {
  readonly text: string;
  /** As it was written, where that is no address; null where nothing was mended. */
  readonly mended: string | null;
}

/** Everything that is taken over. */
export interface Imported {
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
