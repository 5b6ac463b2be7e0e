import { type Clock, interruptibleSleep } from '../system/clock.ts';

/** A queue of events with one reader. */
export interface EventQueue<E> {
  readonly post: (event: E) => void;
  /** All events since the last call; waits for the first one, until `at` (milliseconds since 1970; null: without end). */
  readonly take: (at: number | null, signal: AbortSignal) => Promise<readonly E[]>;
}

/** The longest delay of a timer in Node, in milliseconds. */
const maxDelay = 2 ** 31 - 1;

/** Opens an empty queue. */
export function openEventQueue<E>(clock: Clock): EventQueue<E> {
  let events: E[] = [];
  let wake: () => void = () => {};
  return {
    post(event) {
      events.push(event);
      wake();
    },
    async take(at, signal) {
      signal.throwIfAborted();
      if (events.length === 0 && (at === null || at > clock.now())) {
        const sleep = interruptibleSleep(clock, at === null ? maxDelay : Math.min(maxDelay, at - clock.now()), signal);
        wake = sleep.wake;
        await sleep.done;
      }
      const taken = events;
      events = [];
      return taken;
    },
  };
}
