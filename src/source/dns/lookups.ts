import type { Found, LookupResult } from '../../dns/message/outcome.ts';
import type { Question } from '../../dns/message/question.ts';
import { type Address, compareAddresses } from '../../ip/address.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Endpoint } from '../observation.ts';

/** Results so far, by `questionKey`. */
export type LookupResults = ReadonlyMap<string, LookupResult>;

/** A key that is unique to the question. */
export function questionKey({ type, name }: Question): string {
  return `${type} ${name}`;
}

/** The known results, and the questions that one listen depends on. */
export interface Lookups {
  readonly results: LookupResults;
  /** In order, without repeats. */
  readonly questions: Map<string, Question>;
  /** Whether the cluster has IPv6 networks: then AAAA is asked beside A. */
  readonly withIpv6: boolean;
}

/** The result of a question; null when it must be asked first. */
export function resultOf({ results, questions }: Lookups, question: Question): LookupResult | null {
  const key = questionKey(question);
  questions.set(key, question);
  return results.get(key) ?? null;
}

/** The questions that have no result yet. */
export function unanswered({ results, questions }: Lookups): readonly Question[] {
  return [...questions].filter(([key]) => !results.has(key)).map(([, question]) => question);
}

/** The addresses of a name, of both families. */
export type Addresses =
  | { readonly kind: 'found'; readonly addresses: readonly Address[]; readonly aliases: readonly string[] }
  | { readonly kind: 'empty'; readonly reason: 'NXDOMAIN' | 'NODATA'; readonly aliases: readonly string[] }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** The addresses of a name: from A, and from AAAA where the cluster has IPv6 or A gives NODATA. Null when something must be asked first. */
export function addressesOf(lookups: Lookups, name: string): Addresses | null {
  const four = resultOf(lookups, { type: 'A', name });
  const six = lookups.withIpv6 ? resultOf(lookups, { type: 'AAAA', name }) : undefined;
  if (four === null || six === null) return null;
  const last =
    six ?? (four.outcome.kind === 'empty' && four.outcome.reason === 'NODATA' ? resultOf(lookups, { type: 'AAAA', name }) : undefined);
  if (last === null) return null;
  const outcomes = last === undefined ? [four.outcome] : [four.outcome, last.outcome];
  const found = outcomes.filter((outcome): outcome is Found => outcome.kind === 'found');
  // If A fails, AAAA alone must not move all pods to the other family.
  for (const outcome of outcomes) if (outcome.kind === 'failed' && (outcome === four.outcome || found.length === 0)) return outcome;
  const aliases = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [] : outcome.aliases));
  const addresses = found.flatMap((outcome) => outcome.addresses);
  if (addresses.length > 0) return { kind: 'found', addresses, aliases };
  const reason = outcomes.every((outcome) => outcome.kind === 'empty' && outcome.reason === 'NXDOMAIN') ? 'NXDOMAIN' : 'NODATA';
  return { kind: 'empty', reason, aliases };
}

/** The endpoints of an SRV name. */
export type SrvEndpoints =
  | { readonly kind: 'found'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** The endpoints of an SRV name; targets without an address in the additional section are asked for. Null when something must be asked first. */
export function srvEndpointsOf(lookups: Lookups, name: string): SrvEndpoints | null {
  const result = resultOf(lookups, { type: 'SRV', name });
  if (result === null) return null;
  if (result.outcome.kind !== 'found') return result.outcome;
  const endpoints: Endpoint[] = [];
  let waiting = false;
  for (const { target, port, addresses } of result.outcome.services) {
    const known = addresses.length > 0 ? { kind: 'found' as const, addresses } : addressesOf(lookups, target);
    if (known === null) waiting = true;
    else if (known.kind === 'failed') return known;
    else if (known.kind === 'found') for (const address of known.addresses) endpoints.push({ address, port, details: null });
  }
  if (waiting) return null;
  return endpoints.length > 0 ? { kind: 'found', endpoints } : { kind: 'empty' };
}

/** The endpoints sorted by address, then port, without duplicates. */
export function sorted(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const order = (a: Endpoint, b: Endpoint) => compareAddresses(a.address, b.address) || a.port - b.port;
  return [...endpoints].sort(order).filter((each, i, all) => i === 0 || order(all[i - 1] ?? each, each) !== 0);
}

/** The endpoints of one family, because HAProxy's resolve-prefer takes one: IPv4 where there is any. */
export function ofOneFamily(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const four = endpoints.filter(({ address }) => address.family === 4);
  return four.length > 0 ? four : endpoints;
}
