import type { Config, Listen } from '../../config/config.ts';
import { nodesOfListen } from '../../config/nodes.ts';
import type { DnsLookup } from '../../dns/message/question.ts';
import { type Address, compareAddresses } from '../../ip/address.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Endpoint, Observation, Records } from '../observation.ts';
import { ofOneFamily, sorted } from './lookups.ts';
import { serviceName } from './service-name.ts';

/** An observation without the parts that `completeObservation` adds. */
export type DnsObservation = Omit<
  Observation,
  'fallback' | 'otherFamily' | 'listen' | 'service' | 'family' | 'evidence' | 'warnings' | 'leftOut' | 'unready' | 'backup'
> & {
  readonly fallback?: string | null;
  readonly otherFamily?: number;
  readonly warnings?: readonly Problem[];
  readonly leftOut?: readonly Address[];
};

/** Completes an observation. Its family is that of its addresses, else that of the pod networks where all have the same. */
export function completeObservation(config: Config, listen: Listen, observed: DnsObservation, lookups: readonly DnsLookup[]): Observation {
  const { podNetworks } = config.cluster;
  const first = observed.endpoints[0]?.address ?? observed.serviceAddresses[0];
  const family = first?.family ?? (podNetworks.length > 0 && podNetworks.every((network) => network.family === 6) ? 6 : 4);
  return {
    listen,
    service: serviceName(config, listen),
    fallback: null,
    otherFamily: 0,
    warnings: [],
    leftOut: [],
    unready: [],
    backup: null,
    ...observed,
    family,
    evidence: lookups.length === 0 ? { kind: 'none' } : { kind: 'dns', lookups },
  };
}

/** The observation of pods that share one port. */
export function pods(
  records: Records,
  name: string,
  why: string,
  addresses: readonly Address[],
  port: number,
  serviceAddresses: readonly Address[],
  warnings: readonly Problem[],
): DnsObservation {
  const endpoints = addresses.map((address) => ({ address, port, details: null }));
  return found(records, name, why, endpoints, serviceAddresses, warnings);
}

/** The observation of pods found under `name`. */
export function found(
  records: Records,
  name: string,
  why: string,
  all: readonly Endpoint[],
  serviceAddresses: readonly Address[],
  warnings: readonly Problem[],
): DnsObservation {
  return {
    records,
    why,
    kind: 'pods',
    state: 'found',
    resolution: { kind: 'name', name },
    endpoints: sorted(ofOneFamily(all)),
    serviceAddresses,
    problem: null,
    warnings,
  };
}

/** The observation of a listen that leads to nodes, which are configured. */
export function nodes(config: Config, listen: Listen, port: number): DnsObservation {
  const endpoints = sorted(nodesOfListen(config, listen).map(({ address }) => ({ address, port, details: null })));
  const state = endpoints.length > 0 ? 'found' : 'empty';
  return {
    records: 'nodes',
    why: 'lbServicePort is set',
    kind: 'nodes',
    state,
    resolution: null,
    endpoints,
    serviceAddresses: [],
    problem: null,
  };
}

/** The observation of a name without records. */
export function emptyResult(records: Records, name: string | null): DnsObservation {
  return {
    records,
    why: '',
    kind: 'unknown',
    state: 'empty',
    resolution: name === null ? null : { kind: 'name', name },
    endpoints: [],
    serviceAddresses: [],
    problem: null,
  };
}

/** The observation of a listen without a good answer. */
export function failed(records: Records, why: Problem): DnsObservation {
  const { message } = why;
  return { records, why: message, kind: 'unknown', state: 'failed', resolution: null, endpoints: [], serviceAddresses: [], problem: why };
}

/** Sorted, each once. */
export function inOrder(addresses: readonly Address[]): readonly Address[] {
  return [...addresses].sort(compareAddresses).filter((each, i, all) => i === 0 || compareAddresses(all[i - 1] ?? each, each) !== 0);
}
