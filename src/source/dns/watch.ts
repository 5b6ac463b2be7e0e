import type { Config, Listen } from '../../config/config.ts';
import { isSameOutcome, type LookupResult } from '../../dns/message/outcome.ts';
import type { Question } from '../../dns/message/question.ts';
import type { Resolver } from '../../dns/resolver.ts';
import type { Address } from '../../ip/address.ts';
import { type Clock, interruptibleSleep } from '../../system/clock.ts';
import { classifierFor } from '../classify-address.ts';
import { dnsLookups, type Observation } from '../observation.ts';
import { discover } from './discover.ts';
import { questionKey } from './lookups.ts';
import { initialPace, nextPoll, type PollPace } from './poll-interval.ts';

/** A question that is polled for as long as a listen needs it. */
interface PolledQuestion {
  readonly question: Question;
  readonly neededBy: Set<ListenState>;
  pace: PollPace;
  /** When it is asked next; Infinity while it is being asked. */
  dueAt: number;
}

/** A listen and what is known of it. */
interface ListenState {
  readonly listen: Listen;
  /** Keys of the questions it needs. */
  keys: ReadonlySet<string>;
  observation: Observation | null;
}

/**
 * Questions that are due within so many milliseconds go out together: a tenth of the poll, which is what each is spread by, but no more
 * than this. Waking up for each question alone costs more than asking it.
 */
const maxBatch = 100;

/**
 * Questions a millisecond at most, over all listens: 300 of them are asked at `pace.poll: 1s`, more of them less often. HAProxy asks for
 * itself, and cluster DNS has others to serve.
 */
const maxPerMs = 0.3;

/** Every so many milliseconds all listens are reported, also those of which nothing has changed. */
const fullReportEvery = 10_000;

/** The world that polling depends on. */
export interface PollingWorld {
  readonly clock: Clock;
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number;
  /** The addresses that this host has now. */
  readonly hostAddresses: () => readonly Address[];
  /** Called with the milliseconds that each question took. */
  readonly onAnswer: (ms: number) => void;
}

/**
 * Polls cluster DNS until the signal, each question at its own pace (see `nextPoll`), one that several listens need once. Only a result
 * that differs from the last one is looked at further.
 *
 * @param report takes observations: what has changed at once, all of them every ten seconds
 */
export async function watchDns(
  config: Config,
  resolver: Pick<Resolver, 'ask'>,
  report: (observations: readonly Observation[]) => void,
  { clock, random, hostAddresses, onAnswer }: PollingWorld,
  signal: AbortSignal,
): Promise<void> {
  const batch = Math.min(maxBatch, config.pace.poll / 10);
  const polled = new Map<string, PolledQuestion>();
  const results = new Map<string, LookupResult>();
  const states: readonly ListenState[] = config.listens.map((listen) => ({ listen, keys: new Set<string>(), observation: null }));
  let addresses = hostAddresses();
  let classify = classifierFor(config, addresses);
  let unreported: Observation[] = [];
  let fullReportAt = clock.now() + fullReportEvery;
  /** When the loop wakes up next, and how to make it do so at once. */
  let wakeAt = Number.NEGATIVE_INFINITY;
  let wakeUp: () => void = () => {};

  for (const state of states) decide(state);
  for (;;) {
    const now = clock.now();
    let next = fullReportAt;
    for (const [key, entry] of polled) {
      if (entry.dueAt <= now + batch) ask(key, entry);
      else next = Math.min(next, entry.dueAt);
    }
    if (now >= fullReportAt) {
      fullReportAt = now + fullReportEvery;
      followHostAddresses();
      publish(states.flatMap(({ observation }) => observation ?? []));
    }
    wakeAt = Math.max(now + batch, next);
    const sleep = interruptibleSleep(clock, wakeAt - now, signal);
    wakeUp = sleep.wake;
    await sleep.done;
  }

  function ask(key: string, entry: PolledQuestion): void {
    entry.dueAt = Number.POSITIVE_INFINITY;
    resolver.ask(entry.question, signal).then(
      (result) => onResult(key, entry, result),
      () => {}, // The signal; nothing else rejects.
    );
  }

  function onResult(key: string, entry: PolledQuestion, result: LookupResult): void {
    if (polled.get(key) !== entry) return;
    const { outcome, lookup } = result;
    onAnswer(lookup.ms);
    const before = results.get(key);
    const ttl = outcome.kind === 'failed' ? null : outcome.ttl;
    const poll = Math.max(config.pace.poll, polled.size / maxPerMs);
    const recovered = entry.pace.failures > 0 && ttl !== null;
    const { pace, dueAt } = nextPoll(entry.pace, { at: clock.now(), ttl }, poll, random());
    entry.pace = pace;
    entry.dueAt = dueAt;
    if (recovered) askFailingNow();
    if (before === undefined || before.lookup.truncated !== result.lookup.truncated || !isSameOutcome(before.outcome, outcome)) {
      results.set(key, result);
      for (const state of entry.neededBy) decide(state);
    }
    wakeBy(dueAt);
  }

  /** Which addresses may be used changes with those of this host. */
  function followHostAddresses(): void {
    const now = hostAddresses();
    if (now.length === addresses.length && now.every(({ text }, i) => text === addresses[i]?.text)) return;
    addresses = now;
    classify = classifierFor(config, addresses);
    for (const state of states) decide(state);
  }

  /** Makes the loop wake up at that time at the latest. */
  function wakeBy(at: number): void {
    if (at >= wakeAt) return;
    wakeAt = at;
    wakeUp();
  }

  /** Cluster DNS answers again: the questions that wait after a failure are asked at once. */
  function askFailingNow(): void {
    const now = clock.now();
    for (const entry of polled.values()) {
      if (entry.pace.failures > 0 && entry.dueAt !== Number.POSITIVE_INFINITY) entry.dueAt = Math.min(entry.dueAt, now);
    }
    wakeBy(now);
  }

  /** Decides what is known of the listen from the results so far, and polls what that takes. */
  function decide(state: ListenState): void {
    const step = discover(config, state.listen, results, classify);
    const needed = step.kind === 'ask' ? step.questions : dnsLookups(step.observation);
    const keys = new Set(needed.map(questionKey));
    for (const question of needed) startPolling(state, question);
    if (step.kind === 'ask') {
      state.keys = new Set([...state.keys, ...keys]);
      wakeBy(clock.now());
      return;
    }
    for (const key of state.keys) if (!keys.has(key)) stopPolling(state, key);
    state.keys = keys;
    const before = state.observation;
    state.observation = step.observation;
    // How old the last good answer is counts from its report, and it has been confirmed with every poll since.
    if (before !== null && before.state !== 'failed' && step.observation.state === 'failed') publish([before]);
    publish([step.observation]);
  }

  function startPolling(state: ListenState, { name, type }: Question): void {
    const key = questionKey({ name, type });
    const entry = polled.get(key) ?? { question: { name, type }, neededBy: new Set(), pace: initialPace, dueAt: Number.NEGATIVE_INFINITY };
    entry.neededBy.add(state);
    polled.set(key, entry);
  }

  function stopPolling(state: ListenState, key: string): void {
    const entry = polled.get(key);
    if (entry === undefined) return;
    entry.neededBy.delete(state);
    if (entry.neededBy.size > 0) return;
    polled.delete(key);
    results.delete(key);
  }

  /** Reports together what comes in one turn of the event loop. */
  function publish(observations: readonly Observation[]): void {
    if (unreported.length === 0) {
      setImmediate(() => {
        const all = unreported;
        unreported = [];
        if (!signal.aborted) report(all);
      });
    }
    unreported.push(...observations);
  }
}
