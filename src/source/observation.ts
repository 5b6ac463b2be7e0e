import type { Listen } from '../config/config.ts';
import type { Asked } from '../dns/message/question.ts';
import type { Address } from '../ip/address.ts';
import type { Problem } from '../problem/problem.ts';

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
