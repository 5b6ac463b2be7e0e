import type { Nameserver } from '../config/config.ts';
import { noteEcho } from './case-randomisation.ts';
import { encodeWithId, type Query } from './encoded-question.ts';
import { openLimiter } from './limiter.ts';
import { type Dropped, echoesCase, matchResponse } from './message/match-response.ts';
import { rcodeName } from './message/rcode.ts';
import type { LookupResult, Outcome } from './message/read-answer.ts';
import { type Attempt, newAttempt, newPendingQuery, type PendingQuery } from './pending-query.ts';
import { problemFor, type QueryError, worseError } from './query-error.ts';
import { readResponse } from './read-response.ts';
import { byHealth, noteResponse, openServer, type Server } from './server.ts';
import type { DnsTimeouts } from './timeouts.ts';
import { noteSize, noteTruncated, transportFor } from './transport-choice.ts';

/** Where questions are handed in. */
export interface DnsClient {
  /**
   * Asks until a server gives a good answer, all have refused, or time is up. Attempts overlap: an earlier one is still
   * listened to when the next is sent, so a late answer is not lost.
   * Rejects with the signal's reason when it aborts; never for what DNS does.
   */
  readonly ask: (query: Query, signal: AbortSignal) => Promise<LookupResult>;
  /** Whether letters are mixed towards the server that is asked first. */
  readonly mixesLetters: () => boolean;
  readonly close: () => void;
}

/** Questions under way at a time for each server; the others wait for their turn, within their time. */
const width = 128;

/**
 * Opens the desk.
 *
 * @param probe a question whose letters harm nobody; null: letters are never mixed
 * @param dropped is told of each message that was not taken
 */
export function openClient(
  nameservers: readonly Nameserver[],
  limits: DnsTimeouts,
  probe: Query | null,
  dropped: (why: Dropped) => void,
): DnsClient {
  const events = { write, sent, take, lost, stray: dropped };
  const servers = nameservers.map((nameserver) => openServer<Attempt>(nameserver, events, limits.idle));
  const closing = new AbortController();
  let exploring = false;
  const names = servers.map(({ text }) => text).join(', ');
  const doors = openLimiter<PendingQuery>(width * Math.max(1, servers.length), limits.overall, { begin, look, cancel });

  function begin(asking: PendingQuery): void {
    asking.order = byHealth(servers);
    asking.due = asking.started + limits.overall;
    launch(asking);
  }

  /** Where questions come back, it is worth knowing whether their letters may be mixed. One question at a time finds out. */
  function explore(): void {
    if (probe === null || exploring || byHealth(servers)[0]?.letters.kind !== 'unknown') return;
    exploring = true;
    const done = (): void => {
      exploring = false;
    };
    doors.enter(newPendingQuery(probe, closing.signal, done, done, false));
  }

  function cancel(asking: PendingQuery): void {
    finish(asking);
    asking.reject(asking.signal.reason);
  }

  /** Its time has come: for another attempt, or to give up. */
  function look(asking: PendingQuery, now: number): void {
    const { order, launched, started } = asking;
    const server = order[(launched - 1) % order.length];
    if (server !== undefined && launched > 0) server.silent++;
    if (now - started >= limits.overall) fail(asking, asking.trouble);
    else if (launched < order.length * limits.tries) launch(asking);
    else if (asking.attempts.length === 0) fail(asking, asking.trouble);
    else asking.due = started + limits.overall;
  }

  function launch(asking: PendingQuery): void {
    const server = asking.order[asking.launched % asking.order.length];
    if (server === undefined) {
      fail(asking, null);
      return;
    }
    asking.launched++;
    send(asking, server, transportFor(asking.query, server));
  }

  /** Once more to that server is no new attempt as far as the order is concerned. */
  function send(asking: PendingQuery, server: Server<Attempt>, transport: 'udp' | 'tcp'): void {
    const made = newAttempt(asking, server, transport);
    asking.attempts.push(made);
    server[transport].send(made);
  }

  function write(attempt: Attempt, id: number): Buffer {
    attempt.message = encodeWithId(attempt.asking.query, id, attempt);
    return attempt.message;
  }

  function sent(attempt: Attempt): void {
    const { asking, server, transport } = attempt;
    attempt.since = performance.now();
    asking.server = server.text;
    asking.transport = transport;
    asking.due = Math.min(attempt.since + patience(asking, server), asking.started + limits.overall);
  }

  /** How long the last attempt is waited for alone. */
  function patience({ launched, order }: PendingQuery, { roundTrip }: Server<Attempt>): number {
    if (launched < order.length) return roundTrip === null ? limits.early : Math.min(limits.early, Math.max(20, 4 * roundTrip));
    return limits.again * 2 ** (Math.ceil(launched / order.length) - 1);
  }

  function take(attempt: Attempt, answer: Buffer): boolean {
    const { asking, server, transport } = attempt;
    const matched = matchResponse(answer, attempt.message, asking.query.end, attempt.mixed);
    if (typeof matched === 'object') {
      if (matched.dropped === 'case' && asking.query.probe) server.letters = noteEcho(server.letters, false);
      return drop(attempt, matched.dropped, 'it answers another question');
    }
    if (matched === 'cut') return cut(attempt, answer);
    const meaning = readResponse(asking.query, answer);
    if (meaning.kind === 'unsound') return drop(attempt, 'unsound', meaning.why);
    note(attempt, answer);
    switch (meaning.kind) {
      case 'found':
      case 'empty':
        if (attempt.mixed && meaning.kind === 'found')
          server.letters = noteEcho(server.letters, echoesCase(answer, attempt.message, asking.query.end));
        asking.rcode = rcodeName((answer[3] ?? 0) & 15);
        if (noteSize(attempt, answer.length)) asking.truncated = true;
        settle(asking, meaning, meaning.ttl);
        return true;
      case 'refused':
        asking.rcode = rcodeName(meaning.rcode);
        if (attempt.edns && (meaning.rcode === 1 || meaning.rcode === 4)) {
          server.edns = false;
          send(asking, server, transport);
        } else next(asking, { kind: 'refused', server: server.text, rcode: meaning.rcode }, true);
        return true;
      case 'referral':
        asking.rcode = 'NOERROR';
        next(asking, { kind: 'referral', server: server.text }, true);
        return true;
      default:
        return meaning satisfies never;
    }
  }

  function cut(attempt: Attempt, answer: Buffer): true {
    const { asking, server, transport } = attempt;
    note(attempt, answer);
    asking.rcode = 'NOERROR';
    asking.truncated = true;
    asking.cut = true;
    if (transport === 'tcp') fail(asking, { kind: 'too-large' });
    else {
      noteTruncated(asking.query, server);
      send(asking, server, 'tcp');
    }
    return true;
  }

  function drop({ asking, server }: Attempt, why: Dropped, sentence: string): false {
    dropped(why);
    asking.trouble = worseError(asking.trouble, { kind: 'garbage', server: server.text, why: sentence });
    return false;
  }

  function note(attempt: Attempt, answer: Buffer): void {
    const { asking, server, transport, since } = attempt;
    over(attempt);
    noteResponse(server, performance.now() - since);
    asking.server = server.text;
    asking.transport = transport;
    asking.bytes = answer.length;
    asking.answers = answer.readUInt16BE(6);
  }

  function lost(attempt: Attempt, why: string): void {
    const { asking, server, transport } = attempt;
    over(attempt);
    if (transport === 'tcp') server.largeServices = 0;
    if (transport === 'tcp' && !asking.reconnected) {
      // A kept connection may be closed by the server at any time; that says nothing about the server.
      asking.reconnected = true;
      send(asking, server, 'tcp');
      return;
    }
    asking.due = Math.min(performance.now() + patience(asking, server), asking.started + limits.overall);
    const { text } = server;
    const trouble: QueryError = asking.truncated
      ? { kind: 'tcp-needed', server: text, why }
      : { kind: 'unreachable', server: text, transport, why };
    next(asking, trouble, asking.launched >= asking.order.length * limits.tries);
  }

  function over(attempt: Attempt): void {
    attempt.over = true;
    const { attempts } = attempt.asking;
    attempts.splice(attempts.indexOf(attempt), 1);
  }

  /** An attempt ended without a good answer: on to the next server, or to the end when all were asked. */
  function next(asking: PendingQuery, trouble: QueryError, final: boolean): void {
    asking.trouble = worseError(asking.trouble, trouble);
    if (asking.launched < asking.order.length) launch(asking);
    else if (final && asking.attempts.length === 0) fail(asking, asking.trouble);
  }

  function fail(asking: PendingQuery, trouble: QueryError | null): void {
    settle(asking, { kind: 'failed', problem: problemFor(trouble, asking.query, names, performance.now() - asking.started) }, null);
  }

  function settle(asking: PendingQuery, outcome: Outcome, ttl: number | null): void {
    if (asking.settled) return;
    const { query, server, transport, rcode, answers, bytes, truncated } = asking;
    const { name, type } = query.question;
    finish(asking);
    asking.resolve({
      lookup: { name, type, server, transport, rcode, answers, ttl, bytes, ms: performance.now() - asking.started, truncated },
      outcome,
    });
  }

  function finish(asking: PendingQuery): void {
    asking.settled = true;
    doors.leave(asking);
    for (const each of asking.attempts) each.server[each.transport].stop(each);
    asking.attempts = [];
  }

  return {
    ask(query, signal) {
      if (query.repeated) explore();
      query.repeated = true;
      return new Promise((resolve, reject) => doors.enter(newPendingQuery(query, signal, resolve, reject, query.large)));
    },
    mixesLetters: () => byHealth(servers)[0]?.letters.kind === 'mixed',
    close() {
      closing.abort();
      for (const asking of doors.inside()) fail(asking, { kind: 'closed' });
      for (const { udp, tcp } of servers) {
        udp.close();
        tcp.close();
      }
    },
  };
}
