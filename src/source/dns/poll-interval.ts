/** The pace of polling one question, as its answers have shown. All times in milliseconds on one clock. */
export interface PollPace {
  /**
   * The origin of the answers. A cache counts the TTL down; the authority gives the same TTL each time (CoreDNS's `cache` and
   * `kubernetes` plugins).
   */
  readonly source: 'unknown' | 'authority' | 'cache';
  /** The answer that the next one is compared with. */
  readonly anchor: { readonly at: number; readonly ttl: number } | null;
  /** The highest TTL since the origin was last unknown. */
  readonly highest: number;
  /** The time at which a TTL that was counted down was last seen. */
  readonly countedAt: number;
  /** Failures in a row. */
  readonly failures: number;
}

/** The pace before the first answer. */
export const initialPace: PollPace = { source: 'unknown', anchor: null, highest: 0, countedAt: 0, failures: 0 };

/** An answer: when it came, and its TTL in seconds; null when it failed. */
export interface AnswerTiming {
  readonly at: number;
  readonly ttl: number | null;
}

/** The longest wait after failures. */
const maxBackOff = 10_000;

/** The longest wait for a cached answer, whatever its TTL is. */
const maxTtl = 60_000;

/** Milliseconds after which a cache, which counts whole seconds, must have counted at least one. */
const oneCount = 1100;

/** Milliseconds after which a question is asked before its TTL has run out, to see whether there is still a cache. */
const recheckAfter = 60_000;

/**
 * The time of the next question.
 *
 * | answer                     | next                                                            |
 * |----------------------------|-----------------------------------------------------------------|
 * | from a cache               | when its TTL has run out: it cannot change before               |
 * | from the authority, or first | after `poll`                                                  |
 * | failed                     | after `poll`, doubled with each failure in a row, at most 10 s  |
 *
 * Each wait is spread by a tenth, so that many questions do not stay together; the first wait over nearly a whole poll.
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
    const wait = Math.min(maxBackOff, poll * 2 ** Math.min(failures - 1, 20) * spread);
    // The server that failed may have been replaced, and its cache with it.
    return { pace: { ...initialPace, failures }, dueAt: at + wait };
  }
  const source = sourceOf(before, at, ttl);
  const tooSoon = before.anchor !== null && source === before.source && isEarly(before.anchor, at) && at - before.anchor.at < oneCount;
  const counted = before.anchor !== null && isEarly(before.anchor, at) && ttl < before.anchor.ttl;
  const pace: PollPace = {
    source,
    anchor: tooSoon ? before.anchor : { at, ttl },
    highest: source === 'unknown' ? ttl : Math.max(before.highest, ttl),
    countedAt: counted ? at : before.countedAt,
    failures: 0,
  };
  if (source !== 'cache') {
    return { pace, dueAt: at + poll * (before.anchor === null && before.failures === 0 ? 0.2 + 0.8 * chance : spread) };
  }
  if (ttl === 0 || at - pace.countedAt >= recheckAfter) return { pace, dueAt: at + Math.max(poll, 1.2 * oneCount) };
  return { pace, dueAt: at + Math.min(maxTtl, ttl * 1000) + 0.1 * chance * poll };
}

/** Whether a question was asked before the TTL of the earlier answer had run out: only then does a cache show. */
function isEarly(anchor: { readonly at: number; readonly ttl: number }, at: number): boolean {
  return at < anchor.at + anchor.ttl * 1000 - 50;
}

/**
 * The origin of the answers, after one more. A TTL that rises means that a server was replaced, or that there are several caches: the
 * origin is then unknown until the next answers.
 */
function sourceOf({ source, anchor, highest }: PollPace, at: number, ttl: number): PollPace['source'] {
  if (ttl === 0) return 'authority';
  if (anchor === null) return source;
  const early = isEarly(anchor, at);
  if (ttl > highest || (early && ttl > anchor.ttl)) return 'unknown';
  if (!early) return source;
  if (ttl < anchor.ttl) return 'cache';
  return at - anchor.at >= oneCount ? 'authority' : source;
}
