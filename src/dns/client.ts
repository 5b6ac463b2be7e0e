import type { Nameserver } from '../config/config.ts';
import { ask, type OpenQuestion } from './ask.ts';
import type { DropReason } from './message/match-response.ts';
import type { LookupResult } from './message/outcome.ts';
import type { Query } from './query.ts';
import { byHealth, openServer } from './server.ts';
import type { DnsTimeouts } from './timeouts.ts';

/** Asks name servers. */
export interface DnsClient {
  /** Asks until a server gives a good answer, all have refused, or time is up. Rejects only with the signal's reason. */
  readonly ask: (query: Query, signal: AbortSignal) => Promise<LookupResult>;
  /** Whether letters are in random case towards the server that is asked first. */
  readonly randomisesCase: () => boolean;
  /** Closes all sockets; questions that are open fail. */
  readonly close: () => void;
}

/** Whom a client asks, and how. */
export interface ClientOptions {
  readonly nameservers: readonly Nameserver[];
  readonly timeouts: DnsTimeouts;
  /** A query whose letter case nobody else depends on, to probe what servers do with it; null: never in random case. */
  readonly caseProbe: Query | null;
  /** Called for each message that was dropped. */
  readonly onDropped: (reason: DropReason) => void;
}

/** Opens a client. Sockets are opened with the first question. */
export function openClient({ nameservers, timeouts, caseProbe, onDropped }: ClientOptions): DnsClient {
  const servers = nameservers.map((nameserver) => openServer(nameserver, onDropped, timeouts.idle));
  const open = new Set<OpenQuestion>();
  let probing = false;

  function start(query: Query, signal: AbortSignal): Promise<LookupResult> {
    const question = ask(query, byHealth(servers), { timeouts, onDropped, signal });
    open.add(question);
    const remove = (): void => void open.delete(question);
    question.result.then(remove, remove);
    return question.result;
  }

  /** Once questions are repeated, it is worth knowing whether their letters may be in random case. */
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
      for (const question of open) question.close();
      for (const { udp, tcp } of servers) {
        udp.close();
        tcp.close();
      }
    },
  };
}
