import type { Config, Listen } from '../../config/config.ts';
import type { Question } from '../../dns/message/question.ts';
import type { LookupResult, Outcome } from '../../dns/message/read-answer.ts';
import type { Resolver } from '../../dns/resolver.ts';
import { type Clock, interruptibleSleep } from '../../system/clock.ts';
import { dnsLookups, type Observation } from '../observation.ts';
import { discover } from './discover.ts';
import { questionKey } from './lookups.ts';
import { initialPace, nextPoll, type PollPace } from './poll-interval.ts';

/** One question that is asked again and again, for as long as a listen needs it. */
interface Entry {
  readonly question: Question;
  readonly users: Set<Follower>;
  pacing: PollPace;
  /** Infinity while it is being asked. */
  due: number;
}

/** One listen and what is known of it. */
interface Follower {
  readonly listen: Listen;
  /** Questions it needs. */
  keys: ReadonlySet<string>;
  observation: Observation | null;
}

/**
 * Questions that are due within the same moment go out together, in milliseconds: a tenth of the poll, which is what each is
 * spread by, but no more than this. Waking up for each question alone costs more than asking it.
 */
const longestMoment = 100;

/**
 * Questions a millisecond at most, over all listens: 300 of them are asked at `pace.poll: 1s`, more of them less often. HAProxy
 * asks for itself, cluster DNS has others to serve, and with this many podfront costs as much CPU as HAProxy does where pods change ten times a second (bench/idle).
 */
const mostInMs = 0.3;

/** Listens about which there is nothing new are reported again after so long, all at once, in milliseconds. */
const heartbeat = 10_000;

/**
 * Asks cluster DNS again and again until the signal, each question at its own pace (see `paced`), one that several listens
 * need once. An answer that says what the last one said costs no further work: only a change is looked at and reported.
 *
 * @param report takes observations as they come: what has changed at once, everything every ten seconds
 * @param random a number from 0 to 1, another one each time
 */
export async function watchDns(
  config: Config,
  resolver: Pick<Resolver, 'ask'>,
  report: (observations: readonly Observation[]) => void,
  clock: Clock,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<void> {
  const moment = Math.min(longestMoment, config.pace.poll / 10);
  const entries = new Map<string, Entry>();
  const replies = new Map<string, LookupResult>();
  const followers: readonly Follower[] = config.listens.map((listen) => ({ listen, keys: new Set<string>(), observation: null }));
  let news: Observation[] = [];
  let beat = clock.now() + heartbeat;
  /** When the loop looks around next, and how to make it do so before. */
  let until = Number.NEGATIVE_INFINITY;
  let rouse: () => void = () => {};

  for (const follower of followers) refresh(follower);
  for (;;) {
    const now = clock.now();
    let next = beat;
    for (const [key, entry] of entries) {
      if (entry.due <= now + moment) ask(key, entry);
      else next = Math.min(next, entry.due);
    }
    if (now >= beat) {
      beat = now + heartbeat;
      publish(followers.flatMap(({ observation }) => observation ?? []));
    }
    until = Math.max(now + moment, next);
    const sleep = interruptibleSleep(clock, until - now, signal);
    rouse = sleep.wake;
    await sleep.done;
  }

  function ask(key: string, entry: Entry): void {
    entry.due = Number.POSITIVE_INFINITY;
    resolver.ask(entry.question, signal).then(
      (reply) => heard(key, entry, reply),
      () => {}, // The signal; nothing else rejects.
    );
  }

  function heard(key: string, entry: Entry, reply: LookupResult): void {
    if (entries.get(key) !== entry) return;
    const { outcome } = reply;
    const before = replies.get(key);
    const ttl = outcome.kind === 'failed' ? null : outcome.ttl;
    const { pacing, due } = nextPoll(entry.pacing, { at: clock.now(), ttl }, Math.max(config.pace.poll, entries.size / mostInMs), random());
    const recovered = entry.pacing.failures > 0 && ttl !== null;
    entry.pacing = pacing;
    entry.due = due;
    if (recovered) retry();
    if (before === undefined || before.lookup.truncated !== reply.lookup.truncated || !sameOutcome(before.outcome, outcome)) {
      replies.set(key, reply);
      for (const follower of entry.users) refresh(follower);
    }
    wake(due);
  }

  /** Something is due at `at`; an answer whose next turn is far off need not disturb the loop. */
  function wake(at: number): void {
    if (at >= until) return;
    until = at;
    rouse();
  }

  /** Cluster DNS is back: what still waits after a failure is asked at once. */
  function retry(): void {
    const now = clock.now();
    for (const entry of entries.values()) {
      if (entry.pacing.failures > 0 && entry.due !== Number.POSITIVE_INFINITY) entry.due = Math.min(entry.due, now);
    }
    wake(now);
  }

  /** Decides anew what is known of the listen, and asks what it takes to decide. */
  function refresh(follower: Follower): void {
    const step = discover(config, follower.listen, replies);
    const needed = step.kind === 'ask' ? step.questions : dnsLookups(step.observation);
    const keys = new Set(needed.map(questionKey));
    for (const question of needed) follow(follower, question);
    if (step.kind === 'ask') {
      follower.keys = new Set([...follower.keys, ...keys]);
      wake(clock.now());
      return;
    }
    for (const key of follower.keys) if (!keys.has(key)) unfollow(follower, key);
    follower.keys = keys;
    const before = follower.observation;
    follower.observation = step.observation;
    // The file says how old the last good answer is; while answers are the same, that is when it was last seen to be so.
    if (before !== null && before.state !== 'failed' && step.observation.state === 'failed') publish([before]);
    publish([step.observation]);
  }

  function follow(follower: Follower, question: Question): void {
    const key = questionKey(question);
    const { name, type } = question;
    const entry = entries.get(key) ?? { question: { name, type }, users: new Set(), pacing: initialPace, due: Number.NEGATIVE_INFINITY };
    entry.users.add(follower);
    entries.set(key, entry);
  }

  function unfollow(follower: Follower, key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entry.users.delete(follower);
    if (entry.users.size > 0) return;
    entries.delete(key);
    replies.delete(key);
  }

  /** Reports together what comes together. */
  function publish(observations: readonly Observation[]): void {
    if (news.length === 0) {
      setImmediate(() => {
        const all = news;
        news = [];
        if (!signal.aborted) report(all);
      });
    }
    news.push(...observations);
  }
}

/** Whether two outcomes say the same, TTL aside. The resolver gives the same arrays for the same findings. */
function sameOutcome(a: Outcome, b: Outcome): boolean {
  switch (a.kind) {
    case 'found':
      return (
        b.kind === 'found' &&
        a.addresses === b.addresses &&
        a.services === b.services &&
        a.texts === b.texts &&
        sameNames(a.aliases, b.aliases)
      );
    case 'empty':
      return b.kind === 'empty' && a.reason === b.reason && sameNames(a.aliases, b.aliases);
    case 'failed':
      return b.kind === 'failed' && a.problem.code === b.problem.code;
    default:
      return a satisfies never;
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
