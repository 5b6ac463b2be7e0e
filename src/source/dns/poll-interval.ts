/** What the answers to one question have shown. All times in milliseconds, from any one clock. */
export interface PollPace {
  /**
   * Where answers come from. A cache counts the TTL down; the authority says the same each time (CoreDNS's `cache` and
   * `kubernetes` plugins).
   */
  readonly source: 'unknown' | 'authority' | 'cache';
  /** The answer that the next one is held against. */
  readonly anchor: { readonly at: number; readonly ttl: number } | null;
  /** Answers since it was last looked whether the cache is still there. */
  readonly cycles: number;
  /** Failures in a row. */
  readonly failures: number;
}

/** Before the first answer. */
export const initialPace: PollPace = { source: 'unknown', anchor: null, cycles: 0, failures: 0 };

/** An answer: when it came, and its TTL in seconds; null when it failed. */
export interface AnswerTiming {
  readonly at: number;
  readonly ttl: number | null;
}

/** The longest wait for a failing question. */
const longestBackOff = 10_000;

/** The longest wait for a cached answer, whatever its TTL says. */
const longestTtl = 60_000;

/** A cache, which counts whole seconds, must have counted one after so long. */
const oneCount = 1100;

/** After so many cached answers one is asked for early, to see whether there is still a cache. */
const recheckEvery = 20;

/**
 * When to ask again.
 *
 * | answer                     | next                                                            |
 * |----------------------------|-----------------------------------------------------------------|
 * | from a cache               | when its TTL has run out: it cannot change before               |
 * | from the authority, or first | after `poll`                                                  |
 * | failed                     | after `poll`, doubled with each failure in a row, at most 10 s  |
 *
 * Each is spread by a tenth, so that many questions do not stay together; the first one over nearly a whole poll.
 *
 * @param chance a number from 0 to 1
 */
export function nextPoll(
  before: PollPace,
  { at, ttl }: AnswerTiming,
  poll: number,
  chance: number,
): { readonly pace: PollPace; readonly dueAt: number } {
  const spread = 0.9 + 0.2 * chance;
  if (ttl === null) {
    const failures = before.failures + 1;
    const wait = Math.min(longestBackOff, poll * 2 ** Math.min(failures - 1, 20) * spread);
    return { pace: { ...before, anchor: null, failures }, dueAt: at + wait };
  }
  const source = sourceOf(before, at, ttl);
  const tooSoon = before.anchor !== null && source === before.source && isEarly(before.anchor, at) && at - before.anchor.at < oneCount;
  const cycles = source === 'cache' ? (before.cycles + 1) % recheckEvery : 0;
  const pace: PollPace = { source, anchor: tooSoon ? before.anchor : { at, ttl }, cycles, failures: 0 };
  if (source === 'cache' && cycles !== 0 && ttl > 0) return { pace, dueAt: at + Math.min(longestTtl, ttl * 1000) + 0.1 * chance * poll };
  if (source === 'cache') return { pace, dueAt: at + Math.max(poll, 1.2 * oneCount) };
  return { pace, dueAt: at + poll * (before.anchor === null && before.failures === 0 ? 0.2 + 0.8 * chance : spread) };
}

/** Asked before the TTL of the earlier answer has run out: only then a cache shows. */
function isEarly(anchor: { readonly at: number; readonly ttl: number }, at: number): boolean {
  return at < anchor.at + anchor.ttl * 1000 - 50;
}

function sourceOf({ source, anchor }: PollPace, at: number, ttl: number): PollPace['source'] {
  if (ttl === 0) return 'authority';
  if (anchor === null || !isEarly(anchor, at)) return source;
  // Up before it ran out: another one of several caches.
  if (ttl !== anchor.ttl) return 'cache';
  return at - anchor.at >= oneCount ? 'authority' : source;
}
