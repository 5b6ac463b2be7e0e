import { setTimeout as sleep } from 'node:timers/promises';

/** Time as an argument. `now` is in milliseconds since 1970 and never goes back while the process lives. */
export interface Clock {
  readonly now: () => number;
  /** Resolves after `ms`; rejects with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The real one: started from the wall clock, driven by the monotonic one, so that a stepped clock moves no deadline. */
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

/** A sleep that can be ended early. `done` rejects with the signal's reason, as `sleep` does. */
export interface InterruptibleSleep {
  readonly done: Promise<void>;
  readonly wake: () => void;
}

/** Sleeps for `ms`, until it is woken, or until the signal. */
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
