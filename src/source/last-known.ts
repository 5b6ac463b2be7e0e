import type { Config, Listen } from '../config/config.ts';
import type { Address } from '../ip/address.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { dnsLookups, type Endpoint, followedName, type Observation } from './observation.ts';

/** The last good answer for a listen, and whether later ones failed. All times in milliseconds since 1970. */
export interface LastKnown {
  /** The last good answer; null before the first. A failed answer never removes it. */
  readonly observation: Observation | null;
  /** The time of the last good answer. */
  readonly freshAt: number | null;
  /** Set while answers fail: since when, and the reason of the last failure. */
  readonly failing: { readonly since: number; readonly problem: Problem } | null;
  /** The time since which good answers have had no endpoint; null while the last one has some. */
  readonly emptySince: number | null;
  /** Addresses that the last answer, good or failed, had outside the networks of the cluster. */
  readonly leftOut: readonly Address[];
}

/** By listen name. */
export type LastKnownByListen = ReadonlyMap<string, LastKnown>;

/** The record of a listen before the first answer. */
export const unknown: LastKnown = { observation: null, freshAt: null, failing: null, emptySince: null, leftOut: [] };

/** Learns from answers. `changed` tells whether the file may have to change. */
export function learn(
  before: LastKnownByListen,
  observations: readonly Observation[],
  now: number,
): { lastKnown: LastKnownByListen; changed: boolean } {
  const lastKnown = new Map(before);
  let changed = false;
  for (const observation of observations) {
    const { name } = observation.listen;
    const known = before.get(name) ?? unknown;
    if (observation.problem !== null) {
      const since = known.failing?.since ?? now;
      const problem = failureOf(observation.problem, known.observation);
      lastKnown.set(name, { ...known, failing: { since, problem }, leftOut: observation.leftOut });
      // Without a good answer the listen stays as it was, which needs only one reconciliation.
      changed ||= known.observation === null && known.failing === null;
    } else {
      const emptySince = observation.state === 'empty' ? (known.emptySince ?? now) : null;
      lastKnown.set(name, { observation, freshAt: now, failing: null, emptySince, leftOut: observation.leftOut });
      changed ||= known.observation === null || (known.observation !== observation && differs(known.observation, observation));
    }
  }
  return { lastKnown: lastKnown, changed };
}

/** The reason why a listen cannot be served as configured, where that is more precise. The name of a Service that was headless now leads to its ClusterIP, in HAProxy too. */
function failureOf(failure: Problem, before: Observation | null): Problem {
  if (failure.code !== 'dns.pods-unseen' || before?.records !== 'headless') return failure;
  return problem('dns.became-cluster-ip', { service: before.service });
}

/** The records that are still valid under another configuration, because the questions are the same. */
export function carriedOver(before: LastKnownByListen, from: Config, to: Config): LastKnownByListen {
  const old = new Map(from.listens.map((listen) => [listen.name, question(from, listen)]));
  return new Map(
    to.listens.flatMap((listen) => {
      const known = before.get(listen.name);
      if (known === undefined || old.get(listen.name) !== question(to, listen)) return [];
      const observation = known.observation === null ? null : { ...known.observation, listen };
      return [[listen.name, { ...known, observation }] as const];
    }),
  );
}

/** Whether there was an answer, good or failed, for every listen. */
export function isComplete(lastKnown: LastKnownByListen, { listens }: Config): boolean {
  return lastKnown.size === listens.length;
}

/** Everything the answer for a listen depends on. */
function question({ cluster }: Config, listen: Listen): string {
  const { serviceName, namespace, destination, records, fallbackServicePort, fallbackServiceName, outside } = listen;
  const asked = [cluster, serviceName, namespace, destination, records, fallbackServicePort, fallbackServiceName, outside];
  return JSON.stringify(asked, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

function differs(a: Observation, b: Observation): boolean {
  return (
    a.records !== b.records ||
    followedName(a) !== followedName(b) ||
    a.family !== b.family ||
    a.otherFamily !== b.otherFamily ||
    a.endpoints.length !== b.endpoints.length ||
    a.serviceAddresses.length !== b.serviceAddresses.length ||
    isTruncated(a) !== isTruncated(b) ||
    a.endpoints.some((one, i) => !isSameServer(one, b.endpoints[i])) ||
    a.backup?.address.text !== b.backup?.address.text ||
    a.backup?.port !== b.backup?.port ||
    a.fallback !== b.fallback ||
    a.serviceAddresses.some(({ text }, i) => text !== b.serviceAddresses[i]?.text)
  );
}

/** Whether two endpoints become the same server. */
function isSameServer(a: Endpoint, b: Endpoint | undefined): boolean {
  return (
    a.address.text === b?.address.text &&
    a.port === b.port &&
    a.details?.pod === b.details?.pod &&
    a.details?.draining === b.details?.draining
  );
}

function isTruncated(observation: Observation): boolean {
  return dnsLookups(observation).some(({ truncated }) => truncated);
}
