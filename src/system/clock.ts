import { setTimeout as sleep } from 'node:timers/promises';

/** The clock, passed as an argument. `now` is in milliseconds since 1970 and never goes back while the process lives. */
export interface Clock {
  readonly now: () => number;
  /** Resolves after `ms`; rejects with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The real clock: it starts at the wall clock and follows the monotonic one, so that a clock step moves no deadline. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  async sleep(ms, signal) {
    signal.throwIfAborted();
    try {
      await sleep(Math.max(0, ms), undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
  },
};

/** A sleep that `wake` ends early. `done` rejects with the signal's reason, as `sleep` does. */
export interface InterruptibleSleep {
  readonly done: Promise<void>;
  readonly wake: () => void;
}

/** Sleeps for `ms`, or until `wake` or the signal. */
export function interruptibleSleep(clock: Clock, ms: number, signal: AbortSignal): InterruptibleSleep {
  const stop = new AbortController();
  const wake = () => stop.abort();
  signal.addEventListener('abort', wake, { once: true });
  if (signal.aborted) wake();
  const asleep = clock.sleep(ms, stop.signal).catch(() => {});
  const done = asleep.then(() => {
    signal.removeEventListener('abort', wake);
    signal.throwIfAborted();
  });
  return { done, wake };
}
