import { hostPort } from '../ip/address.ts';
import type { Observation } from '../source/observation.ts';
import { type ApiStatus, isoTime, type StatusPart, statusProblem } from '../status/status.ts';
import type { LoopState } from './events.ts';

/** The counts for the Kubernetes API since podfront started. */
export interface ApiCounts {
  readonly events: number;
  /** Watches that broke and were restarted. */
  readonly watchRestarts: number;
  /** Milliseconds from receiving the last change to applying it to HAProxy; null before the first. */
  readonly lastLag: number | null;
}

/** The counts at the start. */
export const noCounts: ApiCounts = { events: 0, watchRestarts: 0, lastLag: null };

/** The time of the last change of the objects behind an observation, in milliseconds since 1970; null where it is not from the Kubernetes API. */
export function changedAt({ evidence }: Observation): number | null {
  return evidence.kind === 'kubernetes' ? evidence.changedAt : null;
}

/** The status of the Kubernetes API as a source; null where no listen uses it. */
export function apiStatus({ config, lastKnown }: LoopState, counts: ApiCounts): ApiStatus | null {
  const listens = config.listens.filter(({ records }) => records === 'endpoints');
  if (config.cluster.api === null || listens.length === 0) return null;
  const known = listens.flatMap(({ name }) => lastKnown.get(name) ?? []);
  const failing = known.flatMap((one) => one.failing ?? []);
  const evidence = known.flatMap(({ observation }) => (observation?.evidence.kind === 'kubernetes' ? [observation.evidence] : []));
  const latest = Math.max(...evidence.map((one) => one.changedAt));
  return {
    server: evidence[0]?.server ?? null,
    listens: listens.length,
    failing: failing.length,
    failingSince: failing.length === 0 ? null : isoTime(Math.min(...failing.map(({ since }) => since))),
    problem: statusProblem(failing[0]?.problem ?? null),
    lastChange: isoTime(Number.isFinite(latest) ? latest : null),
    ...counts,
  };
}

/** The sources of endpoints that the configuration uses, as parts of the status. */
export function sourceParts(loop: LoopState, api: ApiStatus | null): readonly StatusPart[] {
  const { config } = loop;
  const ofDns = config.listens.filter(({ records, destination }) => records !== 'endpoints' && destination.kind !== 'nodes');
  return [
    ...(ofDns.length === 0 && (api !== null || config.cluster.nameservers.length === 0) ? [] : [dnsPart(loop)]),
    ...(api === null ? [] : [apiPart(api)]),
  ];
}

function dnsPart({ config, lastKnown }: LoopState): StatusPart {
  const known = config.listens.flatMap(({ name, records }) => (records === 'endpoints' ? [] : (lastKnown.get(name) ?? [])));
  const failing = known.filter((one) => one.failing !== null).length;
  const latest = Math.max(...known.flatMap(({ freshAt }) => freshAt ?? []));
  const servers = config.cluster.nameservers.map(({ address, port }) => hostPort(address.text, port)).join(', ');
  const facts = { Servers: servers, 'Last good answer': isoTime(Number.isFinite(latest) ? latest : null) ?? 'none yet' };
  return { name: 'Cluster DNS', facts: { ...facts, 'Listens with a failing answer': failing }, problem: null };
}

function apiPart({ server, listens, failing, failingSince, lastChange, lastLag, events, watchRestarts }: ApiStatus): StatusPart {
  return {
    name: 'Kubernetes API',
    facts: {
      Server: server ?? 'not reached yet',
      Listens: listens,
      'Last change': lastChange ?? 'none yet',
      'From the last change to HAProxy': lastLag === null ? 'none yet' : `${Math.round(lastLag)} ms`,
      Events: events,
      'Watches restarted': watchRestarts,
      ...(failingSince === null ? {} : { 'Listens with a failing answer': failing, 'Failing since': failingSince }),
    },
    // The problem is reported with each listen.
    problem: null,
  };
}
