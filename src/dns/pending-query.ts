import type { Wait } from './channel.ts';
import type { Query } from './encoded-question.ts';
import type { LookupResult } from './message/read-answer.ts';
import type { QueryError } from './query-error.ts';
import type { Server } from './server.ts';

/** One question under way, with everything that was learnt on the way. */
export interface PendingQuery {
  readonly query: Query;
  readonly signal: AbortSignal;
  readonly resolve: (reply: LookupResult) => void;
  readonly reject: (why: unknown) => void;
  /** On performance.now()'s clock, like all times here. */
  readonly started: number;
  /** The servers in the order in which they are asked. */
  order: readonly Server<Attempt>[];
  /** Attempts that still wait. */
  attempts: Attempt[];
  launched: number;
  /** When to look at it again: for another attempt, or to give up. */
  due: number;
  trouble: QueryError | null;
  settled: boolean;
  /** The server that answered, or was asked last. */
  server: string;
  transport: 'udp' | 'tcp';
  rcode: string | null;
  bytes: number;
  answers: number;
  /** The answer does not fit a datagram, as was known before or is seen now. */
  truncated: boolean;
  /** UDP said so just now. */
  cut: boolean;
  /** A connection that was closed under it has been replaced once. */
  reconnected: boolean;
}

/** One message to one server. */
export interface Attempt extends Wait {
  readonly asking: PendingQuery;
  readonly server: Server<Attempt>;
  readonly transport: 'udp' | 'tcp';
  readonly mixed: boolean;
  readonly edns: boolean;
  /** As it was sent; empty before. */
  message: Buffer;
  since: number;
}

/** A question that waits for its turn. */
export function newPendingQuery(
  query: Query,
  signal: AbortSignal,
  resolve: PendingQuery['resolve'],
  reject: PendingQuery['reject'],
  large: boolean,
): PendingQuery {
  return {
    query,
    signal,
    resolve,
    reject,
    started: performance.now(),
    order: [],
    attempts: [],
    launched: 0,
    due: 0,
    trouble: null,
    settled: false,
    server: '',
    transport: 'udp',
    rcode: null,
    bytes: 0,
    answers: 0,
    truncated: large,
    cut: false,
    reconnected: false,
  };
}

const empty = Buffer.alloc(0);

/** An attempt that has not been sent yet. */
export function newAttempt(asking: PendingQuery, server: Server<Attempt>, transport: 'udp' | 'tcp'): Attempt {
  const mixed = asking.query.probe || server.letters.kind === 'mixed';
  return { asking, server, transport, mixed, edns: server.edns, message: empty, since: asking.started, id: -1, place: null, over: false };
}
