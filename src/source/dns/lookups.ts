import type { Question } from '../../dns/message/question.ts';
import type { Found, LookupResult } from '../../dns/message/read-answer.ts';
import { type Address, compareAddresses } from '../../ip/address.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Endpoint } from '../observation.ts';

/** Replies known so far, by `questionKey`. */
export type Replies = ReadonlyMap<string, LookupResult>;

/** One text a question. */
export function questionKey({ type, name }: Question): string {
  return `${type} ${name}`;
}

/** Looks replies up for one listen, and keeps what was looked up and what is still to be asked. */
export interface Lookups {
  readonly replies: Replies;
  /** Questions that were looked up, in order, without repeats. */
  readonly questions: Map<string, Question>;
  /** Whether the cluster has IPv6 networks: then AAAA is asked beside A. */
  readonly withIpv6: boolean;
}

/** The reply to a question, null when it must be asked first. */
export function replyTo({ replies, questions }: Lookups, question: Question): LookupResult | null {
  const key = questionKey(question);
  questions.set(key, question);
  return replies.get(key) ?? null;
}

/** The questions that were looked up and have no reply yet. */
export function unanswered({ replies, questions }: Lookups): readonly Question[] {
  return [...questions].filter(([key]) => !replies.has(key)).map(([, question]) => question);
}

/** What is known of a name's addresses of both families. */
export type Addresses =
  | { readonly kind: 'found'; readonly addresses: readonly Address[]; readonly aliases: readonly string[] }
  | { readonly kind: 'empty'; readonly reason: 'NXDOMAIN' | 'NODATA'; readonly aliases: readonly string[] }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Addresses of the name: A, and AAAA where the cluster has IPv6 or A says NODATA. Null when something must be asked first. */
export function addressesOf(inquiry: Lookups, name: string): Addresses | null {
  const four = replyTo(inquiry, { type: 'A', name });
  const six = inquiry.withIpv6 ? replyTo(inquiry, { type: 'AAAA', name }) : undefined;
  if (four === null || six === null) return null;
  const last =
    six ?? (four.outcome.kind === 'empty' && four.outcome.reason === 'NODATA' ? replyTo(inquiry, { type: 'AAAA', name }) : undefined);
  if (last === null) return null;
  const outcomes = last === undefined ? [four.outcome] : [four.outcome, last.outcome];
  const found = outcomes.filter((outcome): outcome is Found => outcome.kind === 'found');
  // Half an answer is no answer: were A in trouble, AAAA alone would move every pod to the other family.
  for (const outcome of outcomes) if (outcome.kind === 'failed' && (outcome === four.outcome || found.length === 0)) return outcome;
  const aliases = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [] : outcome.aliases));
  const addresses = found.flatMap((outcome) => outcome.addresses);
  if (addresses.length > 0) return { kind: 'found', addresses, aliases };
  const reason = outcomes.every((outcome) => outcome.kind === 'empty' && outcome.reason === 'NXDOMAIN') ? 'NXDOMAIN' : 'NODATA';
  return { kind: 'empty', reason, aliases };
}

/** What an SRV name leads to. */
export type Services =
  | { readonly kind: 'found'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Endpoints of an SRV name; targets without an address in Additional are asked for. Null when something must be asked first. */
export function servicesOf(inquiry: Lookups, name: string): Services | null {
  const reply = replyTo(inquiry, { type: 'SRV', name });
  if (reply === null) return null;
  if (reply.outcome.kind !== 'found') return reply.outcome;
  const endpoints: Endpoint[] = [];
  let waiting = false;
  for (const { target, port, addresses } of reply.outcome.services) {
    const known = addresses.length > 0 ? { kind: 'found' as const, addresses } : addressesOf(inquiry, target);
    if (known === null) waiting = true;
    else if (known.kind === 'failed') return known;
    else if (known.kind === 'found') for (const address of known.addresses) endpoints.push({ address, port });
  }
  if (waiting) return null;
  return endpoints.length > 0 ? { kind: 'found', endpoints } : { kind: 'empty' };
}

/** Sorted by address, then port, each once. */
export function sorted(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const order = (a: Endpoint, b: Endpoint) => compareAddresses(a.address, b.address) || a.port - b.port;
  return [...endpoints].sort(order).filter((each, i, all) => i === 0 || order(all[i - 1] ?? each, each) !== 0);
}

/** One family, because HAProxy's resolve-prefer takes one: IPv4 when there is any. */
export function ofOneFamily(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const four = endpoints.filter(({ address }) => address.family === 4);
  return four.length > 0 ? four : endpoints;
}
