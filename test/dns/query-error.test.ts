import test from 'ava';
import type { Question } from '../../src/dns/message/question.ts';
import { moreTelling, problemFor, type QueryError } from '../../src/dns/query-error.ts';

const server = '10.0.0.254:53';
const question: Question = { name: 'web.example.org', type: 'A' };
const errors: readonly (readonly [QueryError, string])[] = [
  [{ kind: 'too-large' }, 'dns.too-large'],
  [{ kind: 'rcode', server, rcode: 2 }, 'dns.servfail'],
  [{ kind: 'rcode', server, rcode: 5 }, 'dns.refused'],
  [{ kind: 'rcode', server, rcode: 4 }, 'dns.rcode'],
  [{ kind: 'referral', server }, 'dns.referral'],
  [{ kind: 'no-authority', server, reason: 'NXDOMAIN' }, 'dns.not-cluster-dns'],
  [{ kind: 'tcp-needed', server, why: 'ECONNREFUSED' }, 'dns.tcp-needed'],
  [{ kind: 'malformed', server, why: 'it is malformed' }, 'dns.garbage'],
  [{ kind: 'unreachable', server, transport: 'udp', why: 'ECONNREFUSED' }, 'dns.unreachable'],
  [{ kind: 'closed' }, 'dns.closed'],
];

for (const [error, code] of errors)
  test(`${'rcode' in error ? `rcode ${error.rcode}` : error.kind} is reported as ${code}, with what was asked`, (t) => {
    const { code: found, message } = problemFor(error, question, server, 4_000);
    t.is(found, code as typeof found);
    t.regex(
      message,
      error.kind === 'unreachable' ? /10\.0\.0\.254.*UDP.*ECONNREFUSED|UDP.*10\.0\.0\.254.*ECONNREFUSED/ : /web\.example\.org/,
    );
  });

test('no error at all is a timeout, with the servers, the time and a command that asks the first of them', (t) => {
  const { code, message, hint } = problemFor(null, { name: 'web.example.org', type: 'SRV' }, '[fd00::a]:5353, 10.0.0.254:53', 4_000.4);
  t.is(code, 'dns.timeout');
  t.regex(message, /fd00::a/);
  t.regex(message, /4000 ms/);
  t.regex(hint, /dig @fd00::a -p 5353 web\.example\.org SRV/);
  t.regex(problemFor(null, question, server, 1).hint, /dig @10\.0\.0\.254 web\.example\.org A/);
});

test('of two errors the more telling one is kept, and of equal ones the first', (t) => {
  for (const [i, [telling]] of errors.entries())
    for (const [other] of errors.slice(i)) {
      t.is(moreTelling(telling, other), telling);
      if (other.kind !== telling.kind) t.is(moreTelling(other, telling), telling);
    }
  const closed: QueryError = { kind: 'closed' };
  t.is(moreTelling(null, closed), closed);
});
