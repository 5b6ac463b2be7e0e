import test from 'ava';
import { type Found, isSameOutcome, type Outcome } from '../../../src/dns/message/outcome.ts';
import { problem } from '../../../src/problem/problem.ts';
import { address } from '../../support/config-sample.ts';

const nothing: Found = { kind: 'found', ttl: 5, aliases: [], addresses: [], services: [], texts: [] };
const nxdomain: Outcome = { kind: 'empty', reason: 'NXDOMAIN', ttl: 5, aliases: [] };
const closed: Outcome = { kind: 'failed', problem: problem('dns.closed', { name: 'x' }) };
const refused: Outcome = { kind: 'failed', problem: problem('dns.refused', { servers: '10.0.0.254:53', name: 'x' }) };

function pods(...texts: string[]): Found {
  return { ...nothing, addresses: texts.map(address) };
}

function services(...all: [target: string, port: number, ...addresses: string[]][]): Found {
  return { ...nothing, services: all.map(([target, port, ...texts]) => ({ target, port, addresses: texts.map(address) })) };
}

test('the same records in another order, with another TTL, are the same', (t) => {
  t.true(isSameOutcome(pods('10.1.0.1', '10.1.0.2'), { ...pods('10.1.0.2', '10.1.0.1'), ttl: 1 }));
  t.true(isSameOutcome(services(['a', 1, '10.1.0.1', 'fd00::1'], ['b', 2]), services(['b', 2], ['a', 1, 'fd00::1', '10.1.0.1'])));
  t.true(isSameOutcome(nxdomain, { ...nxdomain, ttl: 1 }));
  t.true(isSameOutcome(closed, closed));
});

test('any other records, reason, alias or problem make a difference', (t) => {
  const different: readonly (readonly [Outcome, Outcome])[] = [
    [pods('10.1.0.1'), pods('10.1.0.1', '10.1.0.2')],
    [pods('10.1.0.1', '10.1.0.1'), pods('10.1.0.1', '10.1.0.2')],
    [pods('10.1.0.1'), { ...pods('10.1.0.1'), aliases: ['a'] }],
    [services(['a', 1, '10.1.0.1'], ['b', 1]), services(['a', 1], ['b', 1, '10.1.0.1'])],
    [services(['a', 1]), services(['a', 2])],
    [
      { ...nothing, texts: ['1.1.0'] },
      { ...nothing, texts: ['1.1.1'] },
    ],
    [nxdomain, { ...nxdomain, reason: 'NODATA' }],
    [closed, refused],
    [nothing, nxdomain],
    [nxdomain, closed],
  ];
  for (const [one, other] of different) {
    t.false(isSameOutcome(one, other));
    t.false(isSameOutcome(other, one));
  }
});
