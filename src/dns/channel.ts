/** One who waits for the answer to a message that was sent. */
export interface Waiter {
  /** Called once, when the message has left: the wait begins. A message may have waited for its turn before. */
  readonly sent: () => void;
  /** Called with each message that carries the id. True ends the wait; false drops the message, and the wait goes on. */
  readonly take: (message: Buffer) => boolean;
  /** The way to the server broke; `why` is the system's word for it, such as ECONNREFUSED. Ends the wait. */
  readonly lost: (why: string) => void;
}

/** A way to one server that carries many questions at once. */
export interface Channel {
  /** Sends what `write` makes for an id that is free on this channel; returns how to stop waiting. */
  readonly send: (write: (id: number) => Buffer, waiter: Waiter) => () => void;
  readonly close: () => void;
}

/** Called for a message that nobody waits for. */
export type Stray = (why: 'short' | 'id') => void;
