import { type Problem, problem } from '../problem/problem.ts';
import type { Query } from './encoded-question.ts';
import type { Question } from './message/question.ts';
import { rcodeName } from './message/rcode.ts';

/** Something that went wrong on the way to an answer. */
export type QueryError =
  | { readonly kind: 'too-large' }
  | { readonly kind: 'refused'; readonly server: string; readonly rcode: number }
  | { readonly kind: 'referral'; readonly server: string }
  | { readonly kind: 'tcp-needed'; readonly server: string; readonly why: string }
  | { readonly kind: 'garbage'; readonly server: string; readonly why: string }
  | { readonly kind: 'unreachable'; readonly server: string; readonly transport: 'udp' | 'tcp'; readonly why: string }
  | { readonly kind: 'closed' };

/** What tells most about why there is no answer stands first. */
const telling = ['too-large', 'refused', 'referral', 'tcp-needed', 'garbage', 'unreachable', 'closed'] as const;

/** The more telling of two troubles; the earlier one where they are alike. */
export function worseError(before: QueryError | null, now: QueryError): QueryError {
  return before !== null && telling.indexOf(before.kind) <= telling.indexOf(now.kind) ? before : now;
}

/** The problem to report when no answer came: the most telling trouble, or that there was silence. */
export function problemFor(trouble: QueryError | null, { question }: Query, servers: string, ms: number): Problem {
  const { name, type } = question;
  if (trouble === null) return problem('dns.timeout', { servers, name, ms: Math.round(ms), dig: digFor(servers, question) });
  switch (trouble.kind) {
    case 'too-large':
      return problem('dns.too-large', { name, type });
    case 'refused':
      if (trouble.rcode === 2) return problem('dns.servfail', { servers: trouble.server, name });
      if (trouble.rcode === 5) return problem('dns.refused', { servers: trouble.server, name });
      return problem('dns.rcode', { servers: trouble.server, name, rcode: rcodeName(trouble.rcode) });
    case 'referral':
      return problem('dns.referral', { servers: trouble.server, name });
    case 'tcp-needed':
      return problem('dns.tcp-needed', { servers: trouble.server, name, why: trouble.why });
    case 'garbage':
      return problem('dns.garbage', { servers: trouble.server, name, why: trouble.why, dig: digFor(trouble.server, question) });
    case 'unreachable':
      return problem('dns.unreachable', { servers: trouble.server, transport: trouble.transport.toUpperCase(), why: trouble.why });
    case 'closed':
      return problem('dns.closed', { name });
    default:
      return trouble satisfies never;
  }
}

/** The same question for dig(1), to the first of the servers (`address:port`, comma between them): dig takes the port as an option. */
function digFor(servers: string, { name, type }: Question): string {
  const [, address = servers, port = '53'] = /^\[?([^\],]+?)\]?:(\d+)(?:,|$)/.exec(servers) ?? [];
  return `dig @${address}${port === '53' ? '' : ` -p ${port}`} ${name} ${type}`;
}
