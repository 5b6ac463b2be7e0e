import type { Config, Listen } from '../../config/config.ts';
import type { Address } from '../../ip/address.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import type { AddressClassifier } from '../classify-address.ts';
import type { Records } from '../observation.ts';
import { type DnsObservation, emptyResult, failed } from './build-observation.ts';
import { type Addresses, type Lookups, resultOf } from './lookups.ts';

/** The discovery of one listen's servers through cluster DNS. */
export interface Discovery {
  readonly config: Config;
  readonly listen: Listen;
  readonly service: string;
  readonly lookups: Lookups;
  readonly classify: AddressClassifier;
}

/**
 * The observation of a name that has no records, with the reason as a warning: no pod is ready, or the service or its namespace does not
 * exist. It is a failure where the server knows nothing of the cluster. Null when something must be asked first.
 */
export function explainEmpty(
  discovery: Discovery,
  plain: Extract<Addresses, { kind: 'empty' }>,
  empty: DnsObservation,
): DnsObservation | null {
  const { cluster } = discovery.config;
  const { namespace } = discovery.listen;
  const { service } = discovery;
  const [alias] = plain.aliases.slice(-1);
  if (alias?.endsWith(`.${cluster.domain}`)) return { ...empty, warnings: [problem('dns.alias-in-cluster', { service, alias })] };
  if (alias !== undefined) return failed(empty.records, problem('dns.external-name-dead', { service, alias }));
  if (plain.reason === 'NODATA') return { ...empty, warnings: [problem('dns.none-ready', { service })] };
  const ofNamespace = resultOf(discovery.lookups, { type: 'A', name: `${namespace}.svc.${cluster.domain}` });
  if (ofNamespace === null) return null;
  if (ofNamespace.outcome.kind === 'failed') return failed(empty.records, ofNamespace.outcome.problem);
  if (ofNamespace.outcome.kind === 'found' || ofNamespace.outcome.reason === 'NODATA')
    return { ...empty, warnings: [problem('dns.no-pods', { service })] };
  const version = resultOf(discovery.lookups, { type: 'TXT', name: `dns-version.${cluster.domain}` });
  if (version === null) return null;
  if (version.outcome.kind === 'failed') return failed(empty.records, version.outcome.problem);
  if (version.outcome.kind === 'found') return { ...empty, warnings: [problem('dns.no-such-namespace', { namespace, service })] };
  return failed(
    empty.records,
    problem('dns.not-cluster-dns', {
      servers: version.lookup.server,
      why: `it knows neither ${service} nor dns-version.${cluster.domain}`,
    }),
  );
}

/** The observation of a service whose ClusterIP is known but whose pods are not shown: its ClusterIP where `fallbackServicePort` is set, else a failure. */
export function clusterIpOnly(discovery: Discovery, serviceAddresses: readonly Address[]): DnsObservation {
  const { service } = discovery;
  const port = discovery.listen.fallbackServicePort;
  if (typeof port !== 'number') return failed('service', problem('dns.pods-unseen', { service }));
  const why = 'its pods cannot be seen, and fallbackServicePort is set';
  const warnings = [problem('dns.pods-unseen-fallback', { service, port })];
  return { ...emptyResult('service', null), why, kind: 'service', state: 'found', serviceAddresses, warnings };
}

/** The failure of a service whose ClusterIP is known while its pods' names fail: CoreDNS cannot read EndpointSlices. */
export function podsFailed({ service }: Discovery, records: Records, why: Problem): DnsObservation {
  if (why.code !== 'dns.servfail' && why.code !== 'dns.rcode') return failed(records, why);
  return failed(records, problem('dns.pods-unreadable', { service, why: why.message }));
}
