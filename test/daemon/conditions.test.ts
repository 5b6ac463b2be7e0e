import test from 'ava';
import { conditionChanges, conditionOf, dnsConditions, type ReportedConditions } from '../../src/daemon/conditions.ts';
import { problem } from '../../src/problem/problem.ts';
import type { LastKnownByListen } from '../../src/source/last-known.ts';

const failing = (names: readonly string[]): LastKnownByListen =>
  new Map(
    names.map((name) => {
      const why = problem('dns.timeout', { servers: '127.0.0.1:53', name, ms: Math.round(4000 + name.length), dig: 'dig' });
      return [name, { observation: null, freshAt: null, failing: { since: 0, problem: why } }];
    }),
  );

test('a problem is told when it comes, when it becomes another one, and when it is over, and not in between', (t) => {
  const gone = problem('haproxy.absent', { why: 'its pid file is empty' });
  let said: ReportedConditions = new Map();
  const tell = (...what: Parameters<typeof conditionOf>) => {
    const told = conditionChanges(said, conditionOf(...what));
    said = told.said;
    return told.events.map((event) => (event.level === 'info' ? event.text : event.problem.message));
  };
  t.deepEqual(tell('haproxy', 'warn', gone, 'it is there'), ['HAProxy is not running: its pid file is empty']);
  t.deepEqual(tell('haproxy', 'warn', gone, 'it is there'), []);
  const other = problem('haproxy.absent', { why: 'it is gone' });
  t.deepEqual(tell('haproxy', 'warn', other, 'it is there'), ['HAProxy is not running: it is gone']);
  t.deepEqual(tell('haproxy', 'warn', null, 'it is there'), ['it is there']);
  t.deepEqual(tell('haproxy', 'warn', null, 'it is there'), []);
});

test('a few listens that cluster DNS fails for are named; of a thousand there is one line, and one when it is over', (t) => {
  const few = conditionChanges(new Map(), dnsConditions(failing(['web', 'api'])));
  t.deepEqual(
    few.events.map(({ facts }) => facts),
    [{ listen: 'web, api' }],
  );
  const all = conditionChanges(few.said, dnsConditions(failing(Array.from({ length: 1000 }, (_, i) => `s${i}`))));
  t.deepEqual(
    all.events.map(({ facts }) => facts),
    [{ listens: 1000 }],
  );
  const fewer = conditionChanges(all.said, dnsConditions(failing(Array.from({ length: 900 }, (_, i) => `s${i}`))));
  t.deepEqual(fewer.events, []);
  t.deepEqual(
    conditionChanges(fewer.said, dnsConditions(new Map())).events.map((event) => event.level === 'info' && event.text),
    ['cluster DNS answers again'],
  );
});
