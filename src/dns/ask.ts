import { type Outcome, type Reply, readAnswer } from '../core/answer.ts';
import { type Dropped, match } from '../core/match.ts';
import type { Asked } from '../core/observation.ts';
import { rcodeName } from '../core/rcode.ts';
import { onAbort } from './abort.ts';
import { failure, type Trouble, worse } from './failure.ts';
import type { Limits } from './limits.ts';
import { copyOf, payloadSize, type Query } from './query.ts';
import { byHealth, heardFrom, type Server } from './server.ts';

/** What the questions of one resolver share. */
export interface Desk {
  readonly servers: readonly Server[];
  readonly limits: Limits;
  /** Questions whose answer did not fit a datagram: `TYPE name`. They go over TCP at once. */
  readonly large: Set<string>;
  readonly dropped: (why: Dropped) => void;
  /** Aborted when the resolver is closed. */
  readonly over: AbortSignal;
}

const mostLarge = 20_000;

/**
 * Asks one question until a server gives a good answer, all have refused, or time is up. Attempts overlap: an earlier one
 * is still listened to when the next is sent, so a late answer is not lost.
 * Rejects with the signal's reason when it aborts; never for what DNS does.
 */
export function ask(desk: Desk, query: Query, signal: AbortSignal): Promise<Reply> {
  const { servers, limits } = desk;
  const { question } = query;
  const key = `${question.type} ${question.name}`;
  const order = byHealth(servers);
  const started = performance.now();
  const stops = new Set<() => void>();
  let launched = 0;
  let trouble: Trouble | null = null;
  let last: Pick<Asked, 'server' | 'transport'> = { server: order[0]?.text ?? '', transport: 'udp' };
  let rcode: string | null = null;
  let bytes = 0;
  let answers = 0;
  /** This answer does not fit a datagram: seen now, or known from before. */
  const large = desk.large.has(key);
  let truncated = large;
  let reconnected = false;
  let settled = false;
  let timer: NodeJS.Timeout | undefined;

  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const forget = onAbort(signal, () => {
      finish();
      reject(signal.reason as Error);
    });
    const forgetOver = onAbort(desk.over, () => fail({ kind: 'closed' }));
    wait(limits.overall);
    launch();

    function finish(): void {
      settled = true;
      forget();
      forgetOver();
      clearTimeout(timer);
      for (const stop of stops) stop();
    }

    function settle(outcome: Outcome): void {
      if (settled) return;
      finish();
      const ttl = outcome.kind === 'failed' ? null : outcome.ttl;
      const ms = performance.now() - started;
      resolve({ asked: { ...question, ...last, rcode, answers, ttl, bytes, ms, truncated }, outcome });
    }

    function fail(why: Trouble | null): void {
      const all = servers.map(({ text }) => text).join(', ');
      settle({ kind: 'failed', problem: failure(why, query, all, performance.now() - started) });
    }

    function wait(ms: number): void {
      clearTimeout(timer);
      const left = started + limits.overall - performance.now();
      timer = setTimeout(onTimer, Math.max(1, Math.min(ms, left)));
    }

    function onTimer(): void {
      const server = order[(launched - 1) % order.length];
      if (server !== undefined) server.silent++;
      if (performance.now() - started >= limits.overall - 1) fail(trouble);
      else if (launched < order.length * limits.tries) launch();
      else if (stops.size === 0) fail(trouble);
      else wait(limits.overall);
    }

    function launch(): void {
      const server = order[launched % order.length];
      if (server === undefined) {
        fail(null);
        return;
      }
      launched++;
      attempt(server, server.tcpOnly || desk.large.has(key) ? 'tcp' : 'udp');
    }

    /** How long the last attempt is waited for alone. */
    function patience({ roundTrip }: Server): number {
      if (launched < order.length) return roundTrip === null ? limits.early : Math.min(limits.early, Math.max(20, 4 * roundTrip));
      return limits.again * 2 ** (Math.ceil(launched / order.length) - 1);
    }

    /** An attempt ended without a good answer: on to the next server, or to the end when all were asked. */
    function next(what: Trouble, final: boolean): void {
      trouble = worse(trouble, what);
      if (launched < order.length) launch();
      else if (final && stops.size === 0) fail(trouble);
    }

    function attempt(server: Server, transport: 'udp' | 'tcp'): void {
      let message: Buffer | null = null;
      let since = started;
      const edns = server.edns;
      const manner = { mixed: server.keepsCase !== false, edns };

      function garbage(why: string): false {
        trouble = worse(trouble, { kind: 'garbage', server: server.text, why });
        return false;
      }

      function take(answer: Buffer): boolean {
        if (settled || message === null) return true;
        let matched = match(answer, message, query.end, manner.mixed);
        if (typeof matched === 'object' && matched.dropped === 'case' && server.keepsCase === null) {
          // Does this server not keep the letter case, or was that forged? A forger cannot answer on a connection.
          if (transport === 'udp') {
            stops.delete(stop);
            attempt(server, 'tcp');
            return true;
          }
          server.keepsCase = false;
          matched = match(answer, message, query.end, false);
        }
        if (typeof matched === 'object') {
          desk.dropped(matched.dropped);
          return garbage('it answers another question');
        }
        if (matched === 'cut') return cut(answer);
        const meaning = readAnswer(answer, query.end, question);
        if (meaning.kind === 'unsound') {
          desk.dropped('unsound');
          return garbage(meaning.why);
        }
        note(answer);
        switch (meaning.kind) {
          case 'found':
          case 'empty':
            rcode = rcodeName((answer[3] ?? 0) & 15);
            // The service has shrunk: the next answer fits again, even where UDP carries no more than 512 bytes.
            if (large && answer.length < payloadSize / 4) desk.large.delete(key);
            settle(meaning);
            return true;
          case 'refused':
            if (edns && (meaning.rcode === 1 || meaning.rcode === 4)) {
              server.edns = false;
              attempt(server, transport);
            } else {
              rcode = rcodeName(meaning.rcode);
              next({ kind: 'refused', server: server.text, rcode: meaning.rcode }, true);
            }
            return true;
          case 'referral':
            rcode = 'NOERROR';
            next({ kind: 'referral', server: server.text }, true);
            return true;
          default:
            return meaning satisfies never;
        }
      }

      function note(answer: Buffer): void {
        stops.delete(stop);
        server.keepsCase ??= true;
        heardFrom(server, performance.now() - since);
        last = { server: server.text, transport };
        bytes = answer.length;
        answers = answer.readUInt16BE(6);
      }

      function cut(answer: Buffer): true {
        note(answer);
        truncated = true;
        if (transport === 'tcp') fail({ kind: 'too-large' });
        else {
          if (desk.large.size >= mostLarge) desk.large.clear();
          desk.large.add(key);
          attempt(server, 'tcp');
        }
        return true;
      }

      const stop = (transport === 'udp' ? server.udp : server.tcp).send(
        (id) => {
          message = copyOf(query, id, manner);
          return message;
        },
        {
          sent() {
            since = performance.now();
            last = { server: server.text, transport };
            wait(patience(server));
          },
          take,
          lost(why) {
            stops.delete(stop);
            if (settled) return;
            if (transport === 'tcp' && !reconnected) {
              // A kept connection may be closed by the server at any time; that says nothing about the server.
              reconnected = true;
              attempt(server, 'tcp');
              return;
            }
            wait(patience(server));
            next(
              truncated ? { kind: 'tcp-needed', server: server.text, why } : { kind: 'unreachable', server: server.text, transport, why },
              launched >= order.length * limits.tries,
            );
          },
        },
      );
      if (!settled) stops.add(stop);
    }
  });
}
