import type { OnAbort } from './abort-listeners.ts';
import { noteEcho } from './case-randomisation.ts';
import { type DropReason, echoesCase } from './message/match-response.ts';
import type { LookupResult, Outcome } from './message/outcome.ts';
import { rcodeName } from './message/rcode.ts';
import { type Response, readResponse } from './message/read-response.ts';
import { type Query, withId } from './query.ts';
import { moreTelling, problemFor, type QueryError } from './query-error.ts';
import { type DnsServer, noteResponse } from './server.ts';
import type { DnsTimeouts } from './timeouts.ts';
import { noteSize, noteTcpFailed, noteTruncated, transportFor } from './transport-choice.ts';

/** The limits of a question, and its callbacks. */
export interface AskOptions {
  readonly timeouts: DnsTimeouts;
  /** The cluster's domain; null: negative answers are accepted without an authority record for it. */
  readonly domain: string | null;
  /** Called for each message that was dropped. */
  readonly onDropped: (reason: DropReason) => void;
  readonly signal: AbortSignal;
  readonly onAbort: OnAbort;
  readonly onResult: (result: LookupResult) => void;
  /** Called instead of `onResult` when the signal aborts. */
  readonly onAborted: () => void;
}

/** One query message to one server. */
interface Try {
  readonly server: DnsServer;
  readonly transport: 'udp' | 'tcp';
  readonly randomCase: boolean;
  readonly edns: boolean;
  /** The message as sent; empty before. */
  message: Buffer;
  sentAt: number;
  /** Abandons the try. */
  cancel: () => void;
}

/**
 * Asks the servers in order, repeatedly, until one gives a good answer, all have failed for good, or time is up. Tries overlap: a late
 * response to an earlier one is still accepted during the next.
 *
 * @returns a function that cancels the question: its result is a failure
 */
export function ask(query: Query, servers: readonly DnsServer[], options: AskOptions): () => void {
  const { timeouts, domain, onDropped } = options;
  const startedAt = performance.now();
  /** Tries that may still be answered. */
  const open = new Set<Try>();
  /** The number of tries so far, without those that ask the same server again over TCP or without EDNS. */
  let tries = 0;
  /** The time to give up. In a burst of questions the first try may have to wait, which must not shorten the time for later ones. */
  let deadline = startedAt + 2 * timeouts.overall;
  /** The time of the next try, or to give up. */
  let dueAt = 0;
  let firstSentAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let error: QueryError | null = null;
  /** Whether a response to this very question had the TC bit. */
  let truncatedNow = false;
  /** Whether a connection that the server closed has been reopened once. */
  let reconnected = false;
  const lookup = {
    server: '',
    transport: 'udp' as 'udp' | 'tcp',
    rcode: null as string | null,
    answers: 0,
    bytes: 0,
    truncated: query.large,
  };
  /** Null once it is settled. Sets and maps keep ended questions alive for a while, which must not keep their results alive too. */
  let callbacks: Pick<AskOptions, 'onResult' | 'onAborted'> | null = options;
  const stopListening = options.onAbort(options.signal, () => {
    const ended = callbacks;
    finish();
    ended?.onAborted();
  });

  schedule(deadline);
  tryNext();
  return () => fail({ kind: 'closed' });

  function schedule(at: number): void {
    dueAt = Math.min(at, deadline);
    clearTimeout(timer);
    // A process that was held up must first read its sockets, which immediates run after, before it takes a server for silent.
    timer = setTimeout(() => setImmediate(onDue), dueAt - performance.now());
  }

  function onDue(): void {
    if (callbacks === null) return;
    const now = performance.now();
    if (now < dueAt) {
      schedule(dueAt);
      return;
    }
    const server = servers[(tries - 1) % servers.length];
    if (server !== undefined) server.unanswered++;
    if (now >= deadline) fail(error);
    else if (tries < servers.length * timeouts.tries) tryNext();
    else if (open.size === 0) fail(error);
    else schedule(deadline);
  }

  /** Asks the next server, or the first one again. */
  function tryNext(): void {
    const server = servers[tries % servers.length];
    tries++;
    if (server === undefined) fail(null);
    else trySend(server, transportFor(query, server));
  }

  function trySend(server: DnsServer, transport: 'udp' | 'tcp'): void {
    const randomCase = query.probesCase || server.caseSupport.kind === 'random';
    const opened: Try = { server, transport, randomCase, edns: server.edns, message: Buffer.alloc(0), sentAt: 0, cancel: () => {} };
    open.add(opened);
    opened.cancel = server[transport].send({
      encode(id) {
        opened.message = withId(query, id, opened);
        return opened.message;
      },
      onSent() {
        opened.sentAt = performance.now();
        firstSentAt ??= opened.sentAt;
        deadline = Math.min(deadline, firstSentAt + timeouts.overall);
        lookup.server = server.text;
        lookup.transport = transport;
        schedule(opened.sentAt + waitFor(server));
      },
      onMessage: (message) => receive(opened, message),
      onError: (why) => onError(opened, why),
    });
  }

  /** Milliseconds from the last try to the next one. */
  function waitFor({ roundTrip }: DnsServer): number {
    if (tries < servers.length) return roundTrip === null ? timeouts.early : Math.min(timeouts.early, Math.max(20, 4 * roundTrip));
    return timeouts.again * 2 ** (Math.ceil(tries / servers.length) - 1);
  }

  function receive(to: Try, message: Buffer): boolean {
    const { server, transport, sentAt } = to;
    const response = readResponse(message, {
      question: query.question,
      bytes: to.message,
      end: query.end,
      domain,
      sameCase: to.randomCase,
    });
    if (response.kind === 'dropped') {
      if (response.reason === 'case' && query.probesCase) server.caseSupport = noteEcho(server.caseSupport, false);
      onDropped(response.reason);
      error = moreTelling(error, { kind: 'malformed', server: server.text, why: response.why });
      return false;
    }
    open.delete(to);
    noteResponse(server, performance.now() - sentAt);
    Object.assign(lookup, { server: server.text, transport, bytes: message.length, answers: message.readUInt16BE(6) });
    lookup.rcode = rcodeName(response.kind === 'rcode' ? response.rcode : message.readUInt8(3) & 15);
    use(response, to, message);
    return true;
  }

  function use(response: Exclude<Response, { kind: 'dropped' }>, to: Try, message: Buffer): void {
    const { server, transport, randomCase, edns } = to;
    switch (response.kind) {
      case 'found':
      case 'empty':
        if (randomCase && response.kind === 'found')
          server.caseSupport = noteEcho(server.caseSupport, echoesCase(message, to.message, query.end));
        if (noteSize(query, server, transport, message.length, truncatedNow)) lookup.truncated = true;
        settle(response, response.ttl);
        break;
      case 'truncated':
        lookup.truncated = true;
        truncatedNow = true;
        if (transport === 'tcp') fail({ kind: 'too-large' });
        else {
          noteTruncated(query, server);
          trySend(server, 'tcp');
        }
        break;
      case 'rcode':
        // RFC 6891, section 7: a server that does not know EDNS answers FORMERR or NOTIMP.
        if (edns && (response.rcode === 1 || response.rcode === 4)) {
          server.edns = false;
          trySend(server, transport);
        } else failTry({ kind: 'rcode', server: server.text, rcode: response.rcode }, true);
        break;
      case 'referral':
        failTry({ kind: 'referral', server: server.text }, true);
        break;
      case 'no-authority':
        failTry({ kind: 'no-authority', server: server.text, reason: response.reason }, true);
        break;
      default:
        response satisfies never;
    }
  }

  function onError(failed: Try, why: string): void {
    const { server, transport } = failed;
    // An error reaches every try on the socket, and the first of them may already have settled the question.
    if (!open.delete(failed)) return;
    if (transport === 'tcp') noteTcpFailed(query, server);
    if (transport === 'tcp' && !reconnected) {
      // A server may close an idle connection at any time; that says nothing about the server.
      reconnected = true;
      trySend(server, 'tcp');
      return;
    }
    schedule(performance.now() + waitFor(server));
    const tcpNeeded: QueryError = { kind: 'tcp-needed', server: server.text, why };
    failTry(
      lookup.truncated ? tcpNeeded : { kind: 'unreachable', server: server.text, transport, why },
      tries >= servers.length * timeouts.tries,
    );
  }

  /** A try ended without a good answer. `final`: there is no point in asking all servers once more. */
  function failTry(why: QueryError, final: boolean): void {
    error = moreTelling(error, why);
    if (tries < servers.length) tryNext();
    else if (final && open.size === 0) fail(error);
  }

  function fail(why: QueryError | null): void {
    const names = servers.map(({ text }) => text).join(', ');
    settle({ kind: 'failed', problem: problemFor(why, query.question, names, performance.now() - startedAt) }, null);
  }

  function settle(outcome: Outcome, ttl: number | null): void {
    const ended = callbacks;
    if (ended === null) return;
    const { name, type } = query.question;
    if (outcome.kind === 'failed' && lookup.transport === 'tcp') for (const { server } of open) noteTcpFailed(query, server);
    finish();
    ended.onResult({ lookup: { name, type, ...lookup, ttl, ms: performance.now() - startedAt }, outcome });
  }

  function finish(): void {
    callbacks = null;
    clearTimeout(timer);
    stopListening();
    for (const each of open) each.cancel();
    open.clear();
  }
}
