import type { Nameserver } from '../config/config.ts';
import { problem } from '../problem/problem.ts';
import { openClient } from './client.ts';
import { type Query, queryFor } from './encoded-question.ts';
import type { Dropped } from './message/match-response.ts';
import type { Question } from './message/question.ts';
import type { LookupResult } from './message/read-answer.ts';
import { type DnsTimeouts, defaultDnsTimeouts } from './timeouts.ts';

/** Asks cluster DNS. */
export interface Resolver {
  /** Asks one question. Rejects only with the signal's reason; what DNS does is in the reply, failed is never empty. */
  readonly ask: (question: Question, signal: AbortSignal) => Promise<LookupResult>;
  /** How many messages were dropped since the start, by reason. */
  readonly dropped: () => Readonly<Partial<Record<Dropped, number>>>;
  /** Whether the letters of names are mixed towards the server that is asked first. */
  readonly mixesLetters: () => boolean;
  /** Ends all sockets and connections; questions under way fail. */
  readonly close: () => void;
}

export interface ResolverOptions {
  readonly nameservers: readonly Nameserver[];
  /**
   * The cluster's domain. With it the letters of names are mixed (0x20) once a question comes back and `dns-version` of the
   * domain, which HAProxy never asks, has shown that no cache hands them on.
   */
  readonly domain?: string;
  readonly limits?: Partial<DnsTimeouts>;
}

const mostKept = 20_000;

/** Opens a resolver that asks the servers directly, never through resolv.conf. Sockets are opened with the first question. */
export function openResolver({ nameservers, domain, limits: given }: ResolverOptions): Resolver {
  const limits: DnsTimeouts = { ...defaultDnsTimeouts, ...given };
  const counts: Partial<Record<Dropped, number>> = {};
  const dropped = (why: Dropped): void => {
    counts[why] = (counts[why] ?? 0) + 1;
  };
  const probe = domain === undefined ? null : queryFor({ name: `dns-version.${domain}`, type: 'TXT' }, true);
  const desk = openClient(nameservers, limits, probe, dropped);
  const queries = { A: new Map(), AAAA: new Map(), SRV: new Map(), TXT: new Map() } as Record<Question['type'], Map<string, Query | null>>;

  /** Encoded once: the same questions come back with every poll. */
  function known(question: Question): Query | null {
    const ofType = queries[question.type];
    const before = ofType.get(question.name);
    if (before !== undefined) return before;
    const made = queryFor(question);
    // Targets of SRV records come and go with their pods.
    if (ofType.size >= mostKept) ofType.clear();
    ofType.set(question.name, made);
    return made;
  }

  return {
    ask(question, signal) {
      const query = known(question);
      if (query !== null) return desk.ask(query, signal);
      const lookup = {
        ...question,
        server: '',
        transport: 'udp',
        rcode: null,
        answers: 0,
        ttl: null,
        bytes: 0,
        ms: 0,
        truncated: false,
      } as const;
      return Promise.resolve({ lookup, outcome: { kind: 'failed', problem: problem('dns.bad-name', { name: question.name }) } });
    },
    dropped: () => counts,
    mixesLetters: desk.mixesLetters,
    close: desk.close,
  };
}
