import { type LastKnownByListen, learn } from '../source/last-known.ts';
import { followedName, type Observation } from '../source/observation.ts';

/** An observation of another kind than the last known one, and when it was first made, in milliseconds since 1970. */
export interface Unconfirmed {
  readonly observation: Observation;
  readonly since: number;
}

/** By listen name. */
export type UnconfirmedByListen = ReadonlyMap<string, Unconfirmed>;

/**
 * The number of polls for which another kind, family or name must last before it is acted on: each such change costs a
 * reload, and a service that flaps between two would cause reloads without end.
 */
const polls = 10;

/** Learns from observations; those of another kind than the last known one wait until they are confirmed. */
export function learnConfirmed(
  lastKnown: LastKnownByListen,
  before: UnconfirmedByListen,
  observations: readonly Observation[],
  now: number,
): { readonly lastKnown: LastKnownByListen; readonly changed: boolean; readonly unconfirmed: UnconfirmedByListen } {
  const unconfirmed = new Map(before);
  const accepted = observations.filter((observation) => {
    const { name } = observation.listen;
    const known = lastKnown.get(name)?.observation ?? null;
    if (known === null || observation.problem !== null || isSameKind(known, observation)) {
      unconfirmed.delete(name);
      return true;
    }
    const waiting = unconfirmed.get(name);
    const since = waiting !== undefined && isSameKind(waiting.observation, observation) ? waiting.since : now;
    unconfirmed.set(name, { observation, since });
    return false;
  });
  return { ...learn(lastKnown, accepted, now), unconfirmed };
}

/** The observations that have lasted long enough. */
export function confirmed(unconfirmed: UnconfirmedByListen, poll: number, now: number): readonly Observation[] {
  return [...unconfirmed.values()].filter(({ since }) => since + polls * poll <= now).map(({ observation }) => observation);
}

/** The time at which the first of them has lasted long enough; null where there are none. */
export function confirmedAt(unconfirmed: UnconfirmedByListen, poll: number): number | null {
  return unconfirmed.size === 0 ? null : Math.min(...[...unconfirmed.values()].map(({ since }) => since)) + polls * poll;
}

/** Whether a change from one to the other needs no confirmation. Servers whose addresses podfront keeps current change their family at run time, without a reload. */
function isSameKind(a: Observation, b: Observation): boolean {
  const isSameFamily = a.family === b.family || (a.resolution?.kind === 'address' && b.resolution?.kind === 'address');
  return a.kind === b.kind && a.records === b.records && isSameFamily && followedName(a) === followedName(b);
}
