import type { Clock } from '../../src/system/clock.ts';

/** A clock that stands still until the test advances it. */
export interface FakeClock extends Clock {
  /** Lets time pass: whoever sleeps wakes when it is due, one after the other, and runs until it waits for time again. */
  readonly advance: (ms: number) => Promise<void>;
  /** Lets everything run that does not wait for time. */
  readonly settle: () => Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** @param start milliseconds since 1970 */
export function openFakeClock(start = 0): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  // Work between two sleeps is promises alone where every part is a fake: one turn of the event loop runs all of them.
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const end = (finish: () => void) => () => {
          sleepers.delete(sleeper);
          signal.removeEventListener('abort', abort);
          finish();
        };
        const sleeper: Sleeper = { at: now + Math.max(0, ms), wake: end(resolve) };
        const abort = end(() => reject(signal.reason as Error));
        signal.addEventListener('abort', abort);
        sleepers.add(sleeper);
      }),
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        await settle();
        const next = [...sleepers].reduce<Sleeper | null>((first, one) => (first === null || one.at < first.at ? one : first), null);
        if (next === null || next.at > until) break;
        now = Math.max(now, next.at);
        next.wake();
      }
      now = until;
      await settle();
    },
    settle,
  };
}
