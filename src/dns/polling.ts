import type { Config, Listen } from '../core/config.ts';
import type { Observation } from '../core/observation.ts';
import { type Clock, nap } from '../host/clock.ts';
import { observe } from './observe.ts';
import type { Resolver } from './resolver.ts';

/** Listens with one service; they are asked for together, because their questions are mostly the same. */
interface Group {
  readonly listens: readonly Listen[];
  /** A number between 0.9 and 1.1 that keeps groups from being asked all at the same moment. */
  readonly spread: number;
  due: number;
}

/** A cached answer cannot change before its TTL ran out; but no answer is trusted longer than this, in milliseconds. */
const longest = 30_000;

/**
 * Asks cluster DNS again and again until the signal: each service when the TTL of its last answer ran out, `pace.poll` after
 * it at the earliest. A service that does not answer keeps no other one waiting.
 *
 * @param report takes each answer as it comes
 */
export async function pollDns(
  config: Config,
  resolver: Pick<Resolver, 'ask'>,
  report: (observations: readonly Observation[]) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const groups = groupsOf(config.listens, clock.now());
  let wake: () => void = () => {};
  for (;;) {
    const now = clock.now();
    for (const group of groups) {
      if (group.due > now) continue;
      group.due = Number.POSITIVE_INFINITY;
      observe(config, group.listens, resolver, signal).then(
        (observations) => {
          group.due = clock.now() + interval(observations, config.pace.poll) * group.spread;
          report(observations);
          wake();
        },
        () => {},
      );
    }
    const next = Math.min(...groups.map(({ due }) => due), now + longest);
    const sleep = nap(clock, next - now, signal);
    wake = sleep.wake;
    await sleep.done;
  }
}

function groupsOf(listens: readonly Listen[], due: number): readonly Group[] {
  const groups = new Map<string, Listen[]>();
  for (const listen of listens) {
    const key = `${listen.serviceName}.${listen.namespace}`;
    groups.set(key, [...(groups.get(key) ?? []), listen]);
  }
  return [...groups.values()].map((members, i) => ({ listens: members, spread: 0.9 + ((i * 7) % 21) / 100, due }));
}

function interval(observations: readonly Observation[], poll: number): number {
  const ttls = observations.flatMap(({ problem, asked }) => (problem === null ? asked.flatMap(({ ttl }) => ttl ?? []) : []));
  return ttls.length === 0 ? poll : Math.max(poll, Math.min(longest, 1000 * Math.min(...ttls)));
}
