import type { Address } from './address.ts';
import type { Listen } from './config.ts';
import type { Problem } from './problem.ts';

/** A question to cluster DNS: `name` is absolute, without the final dot. */
export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV' | 'TXT';
}

/** What one question was answered with, for `resolve` and for sizing HAProxy's payload. */
export interface Asked extends Question {
  /** `address:port` of the server that answered, or that was asked last. */
  readonly server: string;
  readonly transport: 'udp' | 'tcp';
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ...; null when no answer came. */
  readonly rcode: string | null;
  readonly answers: number;
  /** Smallest TTL of the answer in seconds (of the SOA for a negative one); null when there is none. */
  readonly ttl: number | null;
  /** Size of the answer message. */
  readonly bytes: number;
  readonly ms: number;
  /** True when the answer does not fit a datagram: UDP said TC, now or at an earlier time, and it came by TCP. */
  readonly truncated: boolean;
}

/** An address and port that takes traffic. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** How the servers of a listen are found. */
export type Records = 'headless' | 'wildcard' | 'srv' | 'service' | 'nodes';

/** What asking made of one listen. Found, empty and failed are never mixed: failed is not empty. */
export interface Observation {
  readonly listen: Listen;
  /** `service.namespace.svc.domain` */
  readonly service: string;
  readonly records: Records;
  /** One sentence: why these records. */
  readonly why: string;
  readonly kind: 'pods' | 'service' | 'nodes' | 'unknown';
  readonly state: 'found' | 'empty' | 'failed';
  /** The name HAProxy's own resolver shall ask for the slots: plain, `*.plain` or `_port._proto.plain`; null where no slot follows pods. */
  readonly name: string | null;
  /** Sorted by address, then port; one family (see `family`); no duplicates. */
  readonly endpoints: readonly Endpoint[];
  /** The family that HAProxy shall prefer. */
  readonly family: 4 | 6;
  /** Addresses of the plain service name: seeds of `servicePort` and `fallbackServicePort`. */
  readonly serviceAddresses: readonly Address[];
  readonly warnings: readonly Problem[];
  /** Set exactly when `state` is `failed`. */
  readonly problem: Problem | null;
  /** Every question that was asked for this listen, in order. Empty under `--offline`. */
  readonly asked: readonly Asked[];
}
