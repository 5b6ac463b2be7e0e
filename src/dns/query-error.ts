import { type Problem, problem } from '../problem/problem.ts';
import { shortageOf } from '../system/system-error.ts';
import type { Question } from './message/question.ts';
import { rcodeName } from './message/rcode.ts';

/** An error during a question. */
export type QueryError =
  | { readonly kind: 'too-large' }
  | { readonly kind: 'rcode'; readonly server: string; readonly rcode: number }
  | { readonly kind: 'referral'; readonly server: string }
  | { readonly kind: 'no-authority'; readonly server: string; readonly reason: 'NXDOMAIN' | 'NODATA' }
  | { readonly kind: 'tcp-needed'; readonly server: string; readonly why: string }
  | { readonly kind: 'malformed'; readonly server: string; readonly why: string }
  | { readonly kind: 'unreachable'; readonly server: string; readonly transport: 'udp' | 'tcp'; readonly why: string }
  | { readonly kind: 'closed' };

/** The kinds of errors, the one that best explains a missing answer first. */
const mostTellingFirst = ['too-large', 'rcode', 'referral', 'no-authority', 'tcp-needed', 'malformed', 'unreachable', 'closed'] as const;

/** The more telling of two errors; the earlier one where they are of the same kind. */
export function moreTelling(before: QueryError | null, now: QueryError): QueryError {
  return before !== null && mostTellingFirst.indexOf(before.kind) <= mostTellingFirst.indexOf(now.kind) ? before : now;
}

/** The problem to report when there is no answer: the most telling error, or a timeout when there was none. */
export function problemFor(error: QueryError | null, question: Question, servers: string, ms: number): Problem {
  const { name, type } = question;
  if (error === null) return problem('dns.timeout', { servers, name, ms: Math.round(ms), dig: digFor(servers, question) });
  switch (error.kind) {
    case 'too-large':
      return problem('dns.too-large', { name, type });
    case 'rcode':
      if (error.rcode === 2) return problem('dns.servfail', { servers: error.server, name });
      if (error.rcode === 5) return problem('dns.refused', { servers: error.server, name });
      return problem('dns.rcode', { servers: error.server, name, rcode: rcodeName(error.rcode) });
    case 'referral':
      return problem('dns.referral', { servers: error.server, name });
    case 'no-authority':
      return problem('dns.not-cluster-dns', {
        servers: error.server,
        why: `its ${error.reason} for ${name} carries no SOA record of the cluster's domain`,
      });
    case 'tcp-needed':
      return problem('dns.tcp-needed', { servers: error.server, name, why: error.why });
    case 'malformed':
      return problem('dns.garbage', { servers: error.server, name, why: error.why, dig: digFor(error.server, question) });
    case 'unreachable': {
      const shortage = shortageOf({ code: error.why });
      if (shortage !== null) return problem('dns.no-socket', { ...shortage });
      return problem('dns.unreachable', { servers: error.server, transport: error.transport.toUpperCase(), why: error.why });
    }
    case 'closed':
      return problem('dns.closed', { name });
    default:
      return error satisfies never;
  }
}

/** The same question for dig(1), to the first of the servers (`address:port`, separated by commas): dig takes the port as an option. */
function digFor(servers: string, { name, type }: Question): string {
  const [, address = servers, port = '53'] = /^\[?([^\],]+?)\]?:(\d+)(?:,|$)/.exec(servers) ?? [];
  return `dig @${address}${port === '53' ? '' : ` -p ${port}`} ${name} ${type}`;
}
