import type { Nameserver } from '../config/config.ts';
import { problem } from '../problem/problem.ts';
import { openClient } from './client.ts';
import type { DropReason } from './message/match-response.ts';
import type { LookupResult } from './message/outcome.ts';
import type { Question } from './message/question.ts';
import { encodeQuery, type Query } from './query.ts';
import { type DnsTimeouts, defaultDnsTimeouts } from './timeouts.ts';

/** A resolver that asks cluster DNS. */
export interface Resolver {
  /** Asks one question. Rejects only with the signal's reason: a server that fails gives a result, too. */
  readonly ask: (question: Question, signal: AbortSignal) => Promise<LookupResult>;
  /** The number of messages dropped since the start, by reason. */
  readonly dropped: () => Readonly<Partial<Record<DropReason, number>>>;
  /** Whether names have random case (0x20) in queries to the server that is asked first. */
  readonly randomisesCase: () => boolean;
  /** Closes all sockets; questions that are open fail. */
  readonly close: () => void;
}

/** The servers of a resolver, and its limits. */
export interface ResolverOptions {
  readonly nameservers: readonly Nameserver[];
  /**
   * The cluster's domain. With it, a negative answer for a name below it needs its authority, and names have random case (0x20) once
   * questions are repeated and `dns-version` of the domain, which HAProxy never asks, has shown that no cache passes the case on.
   */
  readonly domain?: string;
  readonly timeouts?: Partial<DnsTimeouts>;
}

/** The most queries that are kept encoded. Targets of SRV records come and go with their pods. */
const maxQueries = 20_000;

/** Opens a resolver that asks the servers directly, never through resolv.conf. Sockets are opened with the first question. */
export function openResolver({ nameservers, domain, timeouts }: ResolverOptions): Resolver {
  const dropped: Partial<Record<DropReason, number>> = {};
  const queries = new Map<string, Query>();
  const client = openClient({
    nameservers,
    timeouts: { ...defaultDnsTimeouts, ...timeouts },
    domain: domain?.toLowerCase() ?? null,
    caseProbe: domain === undefined ? null : encodeQuery({ name: `dns-version.${domain}`, type: 'TXT' }, true),
    onDropped(reason) {
      dropped[reason] = (dropped[reason] ?? 0) + 1;
    },
  });

  function queryFor(question: Question): Query | null {
    const key = `${question.type} ${question.name}`;
    const query = queries.get(key) ?? encodeQuery(question);
    if (query === null) return null;
    if (queries.size >= maxQueries) queries.clear();
    queries.set(key, query);
    return query;
  }

  return {
    async ask(question, signal) {
      const query = queryFor(question);
      return query === null ? cannotBeAsked(question) : client.ask(query, signal);
    },
    dropped: () => dropped,
    randomisesCase: client.randomisesCase,
    close: client.close,
  };
}

function cannotBeAsked({ name, type }: Question): LookupResult {
  const lookup = {
    name,
    type,
    server: '',
    transport: 'udp',
    rcode: null,
    answers: 0,
    ttl: null,
    bytes: 0,
    ms: 0,
    truncated: false,
  } as const;
  return { lookup, outcome: { kind: 'failed', problem: problem('dns.bad-name', { name }) } };
}
