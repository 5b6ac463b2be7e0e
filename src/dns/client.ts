import type { Nameserver } from '../config/config.ts';
import { trace } from '../system/trace.ts';
import { shareAbortListeners } from './abort-listeners.ts';
import { ask } from './ask.ts';
import type { DropReason } from './message/match-response.ts';
import type { LookupResult } from './message/outcome.ts';
import type { Query } from './query.ts';
import { byHealth, openServer } from './server.ts';
import type { DnsTimeouts } from './timeouts.ts';

/** A client of name servers. */
export interface DnsClient {
  /** Asks until a server gives a good answer, all have refused, or time is up. Rejects only with the signal's reason. */
  readonly ask: (query: Query, signal: AbortSignal) => Promise<LookupResult>;
  /** Whether names have random case in queries to the server that is asked first. */
  readonly randomisesCase: () => boolean;
  /** Closes all sockets; questions that are open fail. */
  readonly close: () => void;
}

/** The servers of a client, and its limits. */
export interface ClientOptions {
  readonly nameservers: readonly Nameserver[];
  readonly timeouts: DnsTimeouts;
  /** The cluster's domain; null: negative answers need no authority for it. */
  readonly domain: string | null;
  /** A query to probe servers with in random case, because no other client asks it; null to never use random case. */
  readonly caseProbe: Query | null;
  /** Called for each message that was dropped. */
  readonly onDropped: (reason: DropReason) => void;
}

function sentenceOf({ lookup: { name, type, server, transport, rcode, answers, ms }, outcome }: LookupResult): string {
  const result = outcome.kind === 'failed' ? outcome.problem.message : `${rcode}, ${answers} answers`;
  return `asked ${server} over ${transport} for ${name} ${type}: ${result}, ${ms.toFixed(1)} ms`;
}

/** Opens a client. Sockets are opened with the first question. */
export function openClient({ nameservers, timeouts, domain, caseProbe, onDropped }: ClientOptions): DnsClient {
  const servers = nameservers.map((nameserver) => openServer(nameserver, onDropped, timeouts.idle));
  /** Functions that end the open questions. */
  const open = new Set<() => void>();
  const onAbort = shareAbortListeners();
  let probing = false;

  function start(query: Query, signal: AbortSignal): Promise<LookupResult> {
    return new Promise((resolve, reject) => {
      let close = (): void => {};
      close = ask(query, byHealth(servers), {
        timeouts,
        domain,
        onDropped,
        signal,
        onAbort,
        onResult(result) {
          trace(() => sentenceOf(result));
          open.delete(close);
          resolve(result);
        },
        onAborted() {
          open.delete(close);
          reject(signal.reason);
        },
      });
      open.add(close);
    });
  }

  /** Probes whether names may have random case, once questions are repeated. */
  function probeCase(): void {
    if (caseProbe === null || probing || byHealth(servers)[0]?.caseSupport.kind !== 'unknown') return;
    probing = true;
    start(caseProbe, new AbortController().signal).then(() => {
      probing = false;
    });
  }

  return {
    async ask(query, signal) {
      signal.throwIfAborted();
      if (query.repeated) probeCase();
      query.repeated = true;
      return start(query, signal);
    },
    randomisesCase: () => byHealth(servers)[0]?.caseSupport.kind === 'random',
    close() {
      for (const close of open) close();
      for (const { udp, tcp } of servers) {
        udp.close();
        tcp.close();
      }
    },
  };
}
