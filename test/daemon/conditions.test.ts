import test from 'ava';
import { conditionChanges, conditionOf, type ReportedConditions, sourceConditions } from '../../src/daemon/conditions.ts';
import { problem } from '../../src/problem/problem.ts';
import type { LastKnownByListen } from '../../src/source/last-known.ts';

const failing = (names: readonly string[]): LastKnownByListen =>
  new Map(
    names.map((name) => {
      const why = problem('dns.timeout', { servers: '127.0.0.1:53', name, ms: Math.round(4000 + name.length), dig: 'dig' });
      return [name, { observation: null, freshAt: null, failing: { since: 0, problem: why } }];
    }),
  );

test('a problem is logged when it begins, when it becomes another one, and when it is over, and not in between', (t) => {
  const gone = problem('haproxy.absent', { why: 'its pid file is empty' });
  let reported: ReportedConditions = new Map();
  const eventsOf = (...what: Parameters<typeof conditionOf>) => {
    const changes = conditionChanges(reported, conditionOf(...what));
    reported = changes.reported;
    return changes.events.map((event) => (event.level === 'info' ? event.text : event.problem.message));
  };
  t.deepEqual(eventsOf('haproxy', 'warn', gone, 'it is there'), ['HAProxy is not running: its pid file is empty']);
  t.deepEqual(eventsOf('haproxy', 'warn', gone, 'it is there'), []);
  const other = problem('haproxy.absent', { why: 'it is gone' });
  t.deepEqual(eventsOf('haproxy', 'warn', other, 'it is there'), ['HAProxy is not running: it is gone']);
  t.deepEqual(eventsOf('haproxy', 'warn', null, 'it is there'), ['it is there']);
  t.deepEqual(eventsOf('haproxy', 'warn', null, 'it is there'), []);
});

test('a few listens that cluster DNS fails for are named; of a thousand there is one line, and one when it is over', (t) => {
  const few = conditionChanges(new Map(), sourceConditions(failing(['web', 'api'])));
  t.deepEqual(
    few.events.map(({ fields }) => fields),
    [{ listen: 'web, api' }],
  );
  const all = conditionChanges(few.reported, sourceConditions(failing(Array.from({ length: 1000 }, (_, i) => `s${i}`))));
  t.deepEqual(
    all.events.map(({ fields }) => fields),
    [{ listens: 1000 }],
  );
  const fewer = conditionChanges(all.reported, sourceConditions(failing(Array.from({ length: 900 }, (_, i) => `s${i}`))));
  t.deepEqual(fewer.events, []);
  t.deepEqual(
    conditionChanges(fewer.reported, sourceConditions(new Map())).events.map((event) => event.level === 'info' && event.text),
    ['cluster DNS answers again'],
  );
});
