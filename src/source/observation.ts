import type { Listen } from '../config/config.ts';
import type { DnsLookup } from '../dns/message/question.ts';
import type { Address } from '../ip/address.ts';
import type { Problem } from '../problem/problem.ts';

/** An address and port of a listen's traffic. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
  /** Details from an EndpointSlice; null where cluster DNS or the configuration gave only the address. */
  readonly details: EndpointDetails | null;
}

/** The details of an endpoint in an EndpointSlice. Absent or invalid names are null. */
export interface EndpointDetails {
  /** The name of the pod. */
  readonly pod: string | null;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  /** Whether it gets no new connections: it is terminating, and others are ready. */
  readonly draining: boolean;
}

/** The way in which the servers of a listen are found. */
export type Records = 'endpoints' | 'headless' | 'wildcard' | 'srv' | 'service' | 'nodes';

/** A source's answer for one listen: found, empty or failed. Failed is never empty. */
export interface Observation {
  readonly listen: Listen;
  /** `service.namespace.svc.domain` */
  readonly service: string;
  readonly records: Records;
  /** The reason for these records, in one sentence. */
  readonly why: string;
  readonly kind: 'pods' | 'service' | 'nodes' | 'unknown';
  readonly state: 'found' | 'empty' | 'failed';
  /** The form in which HAProxy gets the servers of the pods; null where no server follows pods. */
  readonly resolution: AddressResolution | null;
  /** Sorted by address, then port; one family (see `family`); no duplicates. */
  readonly endpoints: readonly Endpoint[];
  /** The number of records of the other family that take slots too: HAProxy fills slots with SRV records of both families, whatever it prefers. */
  readonly otherFamily: number;
  /** The family that HAProxy prefers. */
  readonly family: 4 | 6;
  /** Addresses of the plain service name, or the ClusterIPs: seeds of `servicePort` and `fallbackServicePort`. */
  readonly serviceAddresses: readonly Address[];
  /** The name of the Service that HAProxy follows as the backup of pods, at `fallbackServicePort`; null: none. */
  readonly fallback: string | null;
  /** The ClusterIP and port of the backup for pods whose addresses podfront keeps current; null for every other listen. */
  readonly backup: { readonly address: Address; readonly port: number } | null;
  /** Addresses that are not used because they are outside the networks of the cluster. Sorted. */
  readonly leftOut: readonly Address[];
  /** Endpoints of its slices that are neither ready nor terminating, where no endpoint is used; none from cluster DNS, which leaves them out. */
  readonly unready: readonly Endpoint[];
  readonly warnings: readonly Problem[];
  /** Set exactly when `state` is `failed`. */
  readonly problem: Problem | null;
  /** The basis of the observation. */
  readonly evidence: Evidence;
}

/** The form in which HAProxy gets a server. */
export type AddressResolution =
  /** A name that HAProxy's own resolver follows: `service`, `*.service` or `_port._proto.service`, each with its namespace and domain. */
  | { readonly kind: 'name'; readonly name: string }
  /** An address, which podfront keeps up to date. */
  | { readonly kind: 'address' };

/** The basis of an observation. */
export type Evidence =
  /** The configuration alone: no question was asked. */
  | { readonly kind: 'none' }
  /** Answers of cluster DNS: every question that was asked for the listen, in order. */
  | { readonly kind: 'dns'; readonly lookups: readonly DnsLookup[] }
  /** Objects of the Kubernetes API. */
  | {
      readonly kind: 'kubernetes';
      /** The API server, as `host:port`. */
      readonly server: string;
      /** The Service; null where there is none. */
      readonly service: { readonly type: string; readonly clusterIPs: readonly string[] } | null;
      /** The EndpointSlices of the Service, in order of their names. */
      readonly slices: readonly SliceSeen[];
      /** The time at which the last change of these objects was received, in milliseconds since 1970. */
      readonly changedAt: number;
    };

/** An EndpointSlice in short. */
export interface SliceSeen {
  readonly name: string;
  readonly family: 4 | 6;
  readonly resourceVersion: string;
  readonly endpoints: number;
  readonly ready: number;
  readonly draining: number;
}

/** The DNS questions behind an observation; none where it has another basis. */
export function dnsLookups({ evidence }: Pick<Observation, 'evidence'>): readonly DnsLookup[] {
  return evidence.kind === 'dns' ? evidence.lookups : [];
}

/** The name that HAProxy's own resolver follows for the pods of a listen; null where it follows none. */
export function followedName({ resolution }: Pick<Observation, 'resolution'>): string | null {
  return resolution?.kind === 'name' ? resolution.name : null;
}
