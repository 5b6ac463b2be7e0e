/** What the gate needs of those who pass it. */
interface Guest {
  readonly signal: AbortSignal;
  readonly reject: (why: unknown) => void;
  readonly started: number;
  due: number;
  settled: boolean;
}

export interface Limiter<G> {
  /** Lets the guest in, now or when there is room. */
  readonly enter: (guest: G) => void;
  /** The guest is done; to be called once for each. */
  readonly leave: (guest: G) => void;
  /** All who have entered and not left, waiting ones included. */
  readonly inside: () => readonly G[];
}

export interface LimiterEvents<G> {
  /** There is room. */
  readonly begin: (guest: G) => void;
  /** The guest's `due` has passed; the guest sets the next one, or leaves. */
  readonly look: (guest: G, now: number) => void;
  /** Its signal has aborted. */
  readonly cancel: (guest: G) => void;
}

/** How often the clock is looked at while somebody is inside, in milliseconds. */
const tick = 10;

/**
 * Lets so many in at a time, in the order they came, and looks after those inside. One timer and one listener a signal serve
 * all of them: a thousand timers, or listeners in the list of one signal, cost more than the questions they guard.
 */
export function openLimiter<G extends Guest>(room: number, overall: number, { begin, look, cancel }: LimiterEvents<G>): Limiter<G> {
  const busy = new Set<G>();
  const bySignal = new Map<AbortSignal, Set<G>>();
  let queue: G[] = [];
  let first = 0;
  let timer: NodeJS.Timeout | null = null;
  let soon: NodeJS.Immediate | null = null;

  /** Looks around after what has arrived was read: a process that was held up must not take for silence what lies in its sockets. */
  function onTick(): void {
    timer = null;
    soon = setImmediate(lookAround);
  }

  function lookAround(): void {
    soon = null;
    const now = performance.now();
    for (const guest of busy) if (guest.due <= now) look(guest, now);
    // Those that wait for their turn came in order, so the first ones are the oldest.
    for (let at = first; at < queue.length; at++) {
      const guest = queue[at];
      if (guest === undefined || guest.settled) continue;
      if (now - guest.started < overall) break;
      look(guest, now);
    }
    wind();
  }

  function wind(): void {
    if (timer === null && soon === null && (busy.size > 0 || first < queue.length)) timer = setTimeout(onTick, tick);
  }

  function unwind(): void {
    if (timer !== null) clearTimeout(timer);
    if (soon !== null) clearImmediate(soon);
    timer = null;
    soon = null;
  }

  function fill(): void {
    while (busy.size < room && first < queue.length) {
      const guest = queue[first++];
      if (first === queue.length) {
        queue = [];
        first = 0;
      }
      if (guest === undefined || guest.settled) continue;
      busy.add(guest);
      begin(guest);
    }
  }

  function watch(guest: G): void {
    const { signal } = guest;
    const known = bySignal.get(signal);
    if (known !== undefined) {
      known.add(guest);
      return;
    }
    const guests = new Set([guest]);
    bySignal.set(signal, guests);
    signal.addEventListener('abort', onAbort, { once: true });
  }

  function onAbort(event: Event): void {
    for (const guest of bySignal.get(event.target as AbortSignal) ?? []) cancel(guest);
  }

  function unwatch(guest: G): void {
    const { signal } = guest;
    const guests = bySignal.get(signal);
    if (guests === undefined || !guests.delete(guest) || guests.size > 0) return;
    bySignal.delete(signal);
    signal.removeEventListener('abort', onAbort);
  }

  return {
    enter(guest) {
      if (guest.signal.aborted) {
        guest.settled = true;
        guest.reject(guest.signal.reason);
        return;
      }
      watch(guest);
      queue.push(guest);
      fill();
      wind();
    },
    leave(guest) {
      unwatch(guest);
      busy.delete(guest);
      fill();
      if (busy.size === 0 && first === queue.length) unwind();
    },
    inside: () => [...busy, ...queue.slice(first).filter(({ settled }) => !settled)],
  };
}
