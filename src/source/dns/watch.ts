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
  /** The time of the next question; Infinity while it is being asked. */
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
 * The most milliseconds within which due questions are sent together; otherwise a tenth of the poll, by which each is spread.
 * Waking up for each question alone costs more than asking it.
 */
const maxBatch = 100;

/**
 * The most questions per millisecond, over all listens: up to 300 are asked at `pace.poll: 1s`, more of them less often. HAProxy asks
 * as well, and cluster DNS has other clients.
 */
const maxPerMs = 0.3;

/** Milliseconds between two reports of all listens, changed or not. */
const fullReportEvery = 10_000;

/** The dependencies of polling. */
export interface PollingWorld {
  readonly clock: Clock;
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number;
  /** The current addresses of this host. */
  readonly hostAddresses: () => readonly Address[];
  /** Called with the milliseconds that each question took. */
  readonly onAnswer: (ms: number) => void;
}

/**
 * Polls cluster DNS until the signal, each question at its own pace (see `nextPoll`), and one that several listens need only once. Only
 * a result that differs from the last one is processed further.
 *
 * @param report takes observations: changed ones at once, all of them every ten seconds
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
  /** The time at which the loop wakes up next, and a function that wakes it at once. */
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

  /** Makes the loop wake up no later than that time. */
  function wakeBy(at: number): void {
    if (at >= wakeAt) return;
    wakeAt = at;
    wakeUp();
  }

  /** Asks the questions that wait after a failure at once, because cluster DNS answers again. */
  function askFailingNow(): void {
    const now = clock.now();
    for (const entry of polled.values()) {
      if (entry.pace.failures > 0 && entry.dueAt !== Number.POSITIVE_INFINITY) entry.dueAt = Math.min(entry.dueAt, now);
    }
    wakeBy(now);
  }

  /** Derives the observation of a listen from the results so far, and polls the questions that it needs. */
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
    // The age of the last good answer counts from its report, and every poll since has confirmed it.
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

  /** Reports together the observations of one turn of the event loop. */
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
