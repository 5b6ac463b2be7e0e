import { randomInt } from 'node:crypto';

/** A request to send one query to a server. */
export interface Request {
  /** Makes the message, with an id that no other request on the same socket has. Called when it is about to be sent. */
  readonly encode: (id: number) => Buffer;
  /** Called when the message has been sent. It may have waited for others before. */
  readonly onSent: () => void;
  /** Takes a message with that id. True when it answers the request, which is then over; false drops the message. */
  readonly onMessage: (message: Buffer) => boolean;
  /** The socket or connection broke, and the request is over; `why` is the system's error code, such as ECONNREFUSED. */
  readonly onError: (why: string) => void;
}

/** Called for a message that belongs to no request. */
export type OnUnmatched = (reason: 'short' | 'id') => void;

/** A transport to one server that carries many requests at once. */
export interface Channel {
  /** Sends the request, now or when its turn comes. Returns a function that ends it without an answer. */
  readonly send: (request: Request) => () => void;
  /** Closes sockets and connections, without a callback to any request. */
  readonly close: () => void;
}

/** An unguessable id that is not in use (RFC 5452, section 4.3). */
export function freeId(inUse: ReadonlyMap<number, unknown>): number {
  let id = randomInt(65_536);
  while (inUse.has(id)) id = randomInt(65_536);
  return id;
}
