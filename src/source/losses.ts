import type { Config } from '../config/config.ts';
import { compareAddresses } from '../ip/address.ts';
import { carriedOver, type LastKnownByListen, unknown } from './last-known.ts';
import type { Endpoint, Observation } from './observation.ts';

/** A listen that lost all its pods. */
interface Loss {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The last observation that had pods, and the pods that its slices have shown since as not ready. */
  readonly before: Observation;
  /** Whether it waits: its pods are in its slices, not ready, and its servers stay for now. Cluster DNS does not show such pods. */
  readonly waits: boolean;
}

/**
 * The listens that have lost all their pods within the last minute, or while the last known servers are kept. Many losses at once are a
 * fault of the cluster, such as kubelets without contact to the API, and not scaling to zero. As with Envoy's panic threshold, the servers
 * then stay, and health checks decide.
 *
 * The first losses are not known to be such a fault. From cluster DNS they need not be: HAProxy itself keeps the servers of a name that is gone
 * for 30 s (`hold nx`). Of pods from EndpointSlices, those that terminate or are deleted go at once; where all are still there and not ready,
 * the listen keeps its servers for the same time. Were they removed, its requests would fail for certain.
 */
export interface Losses {
  readonly byListen: ReadonlyMap<string, Loss>;
  /** Number of listens that had pods before. */
  readonly had: number;
  /** The time since which the last known servers are kept; null where they are not. */
  readonly keptSince: number | null;
  /** While they are kept, the time since which no more than the share is lost; null while more is. */
  readonly recoveringSince: number | null;
}

/** No listen has lost its pods. */
export const noLosses: Losses = { byListen: new Map(), had: 0, keptSince: null, recoveringSince: null };

/** Milliseconds for which losses count together, and for which the remaining servers are kept after a recovery. */
const window = 60_000;

/** The fewest listens with pods for which a share is meaningful. */
const fewestListens = 4;

/** The time that a listen waits, in milliseconds: as long as HAProxy keeps the servers of a name that is gone. */
const wait = 30_000;

/** The longest time that servers are kept, in milliseconds: later, other pods may have the addresses. */
const keptAtMost = 86_400_000;

/** The most endpoints of a listen that are kept: as many as `maxExpectedPods` allows. */
const maxKept = 10_000;

/** The records before observations are processed. */
export interface KnownBefore {
  readonly lastKnown: LastKnownByListen;
  /** The listens that were not observed yet but have pods in the file found at the start. */
  readonly unobserved: ReadonlyMap<string, Pick<Observation, 'endpoints'>>;
}

/**
 * Tracks losses through observations, or through time alone where there are none.
 *
 * @param share from 0 to 1; null: nothing is ever kept
 */
export function trackLosses(
  losses: Losses,
  { lastKnown, unobserved }: KnownBefore,
  observations: readonly Observation[],
  share: number | null,
  now: number,
): Losses {
  if (share === null) return noLosses;
  const { keptSince } = losses;
  const byListen = new Map([...losses.byListen].filter(([, { at }]) => now - at < (keptSince === null ? window : keptAtMost)));
  for (const observation of observations) {
    const { name } = observation.listen;
    if (observation.state === 'found') byListen.delete(name);
    if (observation.state !== 'empty') continue;
    const loss = byListen.get(name);
    const before = loss?.before ?? lastKnown.get(name)?.observation ?? restored(observation, unobserved.get(name));
    if (before === null || !hasPods(before)) continue;
    const waits = (loss?.waits ?? true) && observation.unready.some((one) => before.endpoints.some((other) => isSame(one, other)));
    byListen.set(name, { at: loss?.at ?? now, before: withEndpoints(before, observation.unready), waits });
  }
  const known = [...lastKnown].flatMap(([name, { observation }]) => (observation !== null && hasPods(observation) ? [name] : []));
  const observed = new Set([...lastKnown.keys(), ...observations.map(({ listen }) => listen.name)]);
  const asking = [...unobserved.keys()].filter((name) => !observed.has(name));
  const found = observations.flatMap((observation) => (hasPods(observation) ? [observation.listen.name] : []));
  const had = new Set([...byListen.keys(), ...known, ...asking, ...found]).size;
  const isLoss = had >= fewestListens && byListen.size > share * had;
  if (isLoss) return { byListen, had, keptSince: keptSince ?? now, recoveringSince: null };
  const recoveringSince = losses.recoveringSince ?? now;
  const isOver = keptSince === null || byListen.size === 0 || now - recoveringSince >= window;
  if (!isOver) return { byListen, had, keptSince, recoveringSince };
  return keptSince === null ? { byListen, had, keptSince: null, recoveringSince: null } : noLosses;
}

/** The losses that are still valid under another configuration. */
export function carriedLosses(losses: Losses, from: Config, to: Config): Losses {
  const known = new Map([...losses.byListen].map(([name, { before }]) => [name, { ...unknown, observation: before }]));
  const carried = carriedOver(known, from, to);
  const byListen = new Map(
    [...losses.byListen].flatMap(([name, { at, waits }]) => {
      const before = carried.get(name)?.observation ?? null;
      return before === null ? [] : [[name, { at, before, waits }] as const];
    }),
  );
  return { ...losses, byListen };
}

/** The observations that replace those without pods, by listen; none where nothing is kept. */
export function keptObservations({ byListen, had, keptSince }: Losses): ReadonlyMap<string, Observation> {
  const isKept = ({ waits }: Loss) => keptSince !== null || (waits && had >= fewestListens);
  return new Map([...byListen].flatMap(([name, loss]) => (isKept(loss) ? [[name, loss.before] as const] : [])));
}

/** The losses after time alone has passed: the same object where nothing has to be given up. */
export function lossesAt(losses: Losses, now: number): Losses {
  if ((keptUntil(losses) ?? Number.POSITIVE_INFINITY) > now) return losses;
  if (losses.keptSince !== null) return noLosses;
  return {
    ...losses,
    byListen: new Map([...losses.byListen].map(([name, loss]) => [name, { ...loss, waits: loss.waits && now - loss.at < wait }])),
  };
}

/** The time at which kept servers are given up, in milliseconds since 1970; null: not before another observation. */
export function keptUntil({ byListen, keptSince, recoveringSince }: Losses): number | null {
  if (keptSince === null) {
    const waiting = [...byListen.values()].filter(({ waits }) => waits).map(({ at }) => at + wait);
    return waiting.length === 0 ? null : Math.min(...waiting);
  }
  const oldest = Math.min(...[...byListen.values()].map(({ at }) => at)) + keptAtMost;
  return recoveringSince === null ? oldest : Math.min(oldest, recoveringSince + window);
}

function hasPods({ kind, state, endpoints }: Observation): boolean {
  return kind === 'pods' && state === 'found' && endpoints.length > 0;
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address.text === b.address.text;
}

/** The observation with further endpoints of its family, as it would have them. */
function withEndpoints(observation: Observation, further: readonly Endpoint[]): Observation {
  const { endpoints, family } = observation;
  const fresh = further.filter((one) => one.address.family === family && !endpoints.some((other) => isSame(one, other)));
  if (fresh.length === 0) return observation;
  const all = [...endpoints, ...fresh].sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
  return { ...observation, endpoints: all.slice(0, maxKept) };
}

/** The observation with the pods that the current file has. */
function restored(observation: Observation, inFile: Pick<Observation, 'endpoints'> | undefined): Observation | null {
  const [first] = inFile?.endpoints ?? [];
  if (inFile === undefined || first === undefined) return null;
  return { ...observation, kind: 'pods', state: 'found', endpoints: inFile.endpoints, family: first.address.family };
}
