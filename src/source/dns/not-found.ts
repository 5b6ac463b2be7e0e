import type { Config, Listen } from '../../config/config.ts';
import type { Address } from '../../ip/address.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import type { Records } from '../observation.ts';
import { type DnsObservation, emptyResult, failed } from './build-observation.ts';
import { type Addresses, type Lookups, replyTo } from './lookups.ts';

/** One listen about which cluster DNS is asked. */
export interface DiscoveryCase {
  readonly config: Config;
  readonly listen: Listen;
  readonly service: string;
  readonly inquiry: Lookups;
}

/** Nothing under the name: is it the service, the namespace, or the DNS? */
export function absent(it: DiscoveryCase, plain: Extract<Addresses, { kind: 'empty' }>, seen: DnsObservation): DnsObservation | null {
  const { cluster } = it.config;
  const { namespace } = it.listen;
  const { service } = it;
  const [alias] = plain.aliases.slice(-1);
  if (alias !== undefined) return failed(seen.records, problem('dns.external-name-dead', { service, alias }));
  if (plain.reason === 'NODATA') return { ...seen, warnings: [problem('dns.none-ready', { service })] };
  const there = replyTo(it.inquiry, { type: 'A', name: `${namespace}.svc.${cluster.domain}` });
  if (there === null) return null;
  if (there.outcome.kind === 'failed') return failed(seen.records, there.outcome.problem);
  if (there.outcome.kind === 'found' || there.outcome.reason === 'NODATA')
    return { ...seen, warnings: [problem('dns.no-pods', { service })] };
  const version = replyTo(it.inquiry, { type: 'TXT', name: `dns-version.${cluster.domain}` });
  if (version === null) return null;
  if (version.outcome.kind === 'failed') return failed(seen.records, version.outcome.problem);
  if (version.outcome.kind === 'found') return { ...seen, warnings: [problem('dns.no-such-namespace', { namespace, service })] };
  return failed(seen.records, problem('dns.not-cluster-dns', { servers: version.lookup.server, domain: cluster.domain, service }));
}

/** Only the ClusterIP is known: traffic goes there where `fallbackServicePort` allows it. */
export function unseen(it: DiscoveryCase, serviceAddresses: readonly Address[]): DnsObservation {
  const { service } = it;
  const port = it.listen.fallbackServicePort;
  if (port === null) return failed('service', problem('dns.pods-unseen', { service }));
  const why = 'its pods cannot be seen, and fallbackServicePort is set';
  const warnings = [problem('dns.pods-unseen-fallback', { service, port })];
  return { ...emptyResult('service', null), why, kind: 'service', state: 'found', serviceAddresses, warnings };
}

/** The ClusterIP is known, yet the pods' names fail: CoreDNS lacks EndpointSlices. Silence is told as silence. */
export function unreadable({ service }: DiscoveryCase, records: Records, why: Problem): DnsObservation {
  if (why.code !== 'dns.servfail' && why.code !== 'dns.rcode') return failed(records, why);
  return failed(records, problem('dns.pods-unreadable', { service, why: why.message }));
}
