import type { Address } from '../../ip/address.ts';
import type { Problem } from '../../problem/problem.ts';
import type { DnsLookup } from './question.ts';

/** One SRV record with the addresses of its target in the same message (RFC 2782). */
export interface SrvTarget {
  /** Host name in lower case, without final dot. */
  readonly target: string;
  readonly port: number;
  /** From the additional section; empty when they must be asked for. */
  readonly addresses: readonly Address[];
}

/** Records that were found. Of the three lists, the one that the type of the question asks for is filled. */
export interface Found {
  readonly kind: 'found';
  /** Smallest TTL of the records used, in seconds. */
  readonly ttl: number;
  /** Names that CNAME records led to, in order; an ExternalName service is one. */
  readonly aliases: readonly string[];
  readonly addresses: readonly Address[];
  readonly services: readonly SrvTarget[];
  readonly texts: readonly string[];
}

/** A negative answer: there are no such records. */
export interface Empty {
  readonly kind: 'empty';
  readonly reason: 'NXDOMAIN' | 'NODATA';
  /** The seconds for which that is valid (RFC 2308, section 5). */
  readonly ttl: number;
  readonly aliases: readonly string[];
}

/** The outcome of a question. Failed is never empty, so that a failing server removes no records. */
export type Outcome = Found | Empty | { readonly kind: 'failed'; readonly problem: Problem };

/** The outcome of a question, and how it was reached. */
export interface LookupResult {
  readonly lookup: DnsLookup;
  readonly outcome: Outcome;
}

/** Whether two outcomes have the same meaning. TTLs do not count, nor does the order of records, which CoreDNS's `loadbalance` shuffles. */
export function isSameOutcome(a: Outcome, b: Outcome): boolean {
  switch (a.kind) {
    case 'found':
      return b.kind === 'found' && contents(a) === contents(b);
    case 'empty':
      return b.kind === 'empty' && a.reason === b.reason && String(a.aliases) === String(b.aliases);
    case 'failed':
      return b.kind === 'failed' && a.problem.code === b.problem.code;
    default:
      return a satisfies never;
  }
}

function contents({ aliases, addresses, services, texts }: Found): string {
  const targets = services.map(({ target, port, addresses: own }) => `${target}:${port} ${sortedTexts(own)}`);
  return [aliases.join(), sortedTexts(addresses), targets.sort().join(), JSON.stringify([...texts].sort())].join(';');
}

function sortedTexts(addresses: readonly Address[]): string {
  return addresses
    .map(({ text }) => text)
    .sort()
    .join();
}
