import type { Resolver } from '../../dns/resolver.ts';
import { problem } from '../../problem/problem.ts';
import { dnsLookups, type Observation } from '../observation.ts';

/**
 * The observation with a warning where the SRV records of a headless Service show other ports than `podPort`. A pod
 * may listen on a port that its Service does not have, so this is only a hint.
 */
export async function withOtherPorts(observation: Observation, resolver: Pick<Resolver, 'ask'>, signal: AbortSignal): Promise<Observation> {
  const { listen, service, records, state, warnings } = observation;
  const { destination } = listen;
  if (records !== 'headless' || state !== 'found' || destination.kind !== 'pods' || typeof destination.port !== 'number')
    return observation;
  const { outcome, lookup } = await resolver.ask({ type: 'SRV', name: service }, signal);
  const ports = outcome.kind === 'found' ? [...new Set(outcome.services.map(({ port }) => port))].sort((a, b) => a - b) : [];
  if (ports.length === 0 || ports.includes(destination.port)) return observation;
  const warning = problem('dns.other-port', { service, port: destination.port, ports: ports.slice(0, 5).join(', ') });
  const lookups = [...dnsLookups(observation), lookup];
  return { ...observation, warnings: [...warnings, warning], evidence: { kind: 'dns', lookups } };
}
