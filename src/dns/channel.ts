/** What a channel keeps with each wait. Whoever waits puts what it needs beside it. */
export interface Wait {
  /** The id it was sent with; -1 before. */
  id: number;
  /** The socket or connection it was sent on; null before. */
  place: object | null;
  /** True when nobody waits any more. */
  over: boolean;
}

/** What a channel tells of the waits it was given. */
export interface Events<W extends Wait> {
  /** The message to send, with an id that is free. */
  readonly write: (wait: W, id: number) => Buffer;
  /** The message has left: the wait begins. It may have waited for its turn before. */
  readonly sent: (wait: W) => void;
  /** A message with the id came. True ends the wait; false drops the message, and the wait goes on. */
  readonly take: (wait: W, message: Buffer) => boolean;
  /** The way to the server broke; `why` is the system's word for it, such as ECONNREFUSED. Ends the wait. */
  readonly lost: (wait: W, why: string) => void;
  /** A message came for which nobody waits. */
  readonly stray: (why: 'short' | 'id') => void;
}

/** A way to one server that carries many questions at once. */
export interface Channel<W extends Wait> {
  readonly send: (wait: W) => void;
  /** Ends a wait without an answer. */
  readonly stop: (wait: W) => void;
  readonly close: () => void;
}
