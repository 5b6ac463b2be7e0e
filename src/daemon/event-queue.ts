import { type Clock, interruptibleSleep } from '../system/clock.ts';

/** Where everything that happens comes in, in order. */
export interface EventQueue<M> {
  readonly post: (mail: M) => void;
  /** What came since the last time; waits for the first one, at most until `at` (milliseconds since 1970, null: without end). */
  readonly take: (at: number | null, signal: AbortSignal) => Promise<readonly M[]>;
}

/** What a timer of Node can wait at most. */
const longest = 2 ** 31 - 1;

/** A mailbox of one reader. */
export function openEventQueue<M>(clock: Clock): EventQueue<M> {
  let waiting: M[] = [];
  let wake: () => void = () => {};
  return {
    post(mail) {
      waiting.push(mail);
      wake();
    },
    async take(at, signal) {
      signal.throwIfAborted();
      if (waiting.length === 0 && (at === null || at > clock.now())) {
        const sleep = interruptibleSleep(clock, at === null ? longest : Math.min(longest, at - clock.now()), signal);
        wake = sleep.wake;
        await sleep.done;
      }
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}
