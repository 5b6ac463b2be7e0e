import test from 'ava';
import {
  conditionChanges,
  fileConditions,
  observationConditions,
  problemCondition,
  type ReportedConditions,
  sourceConditions,
} from '../../src/daemon/conditions.ts';
import { desiredFile } from '../../src/plan/desired-file.ts';
import { problem } from '../../src/problem/problem.ts';
import type { LastKnownByListen } from '../../src/source/last-known.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { render, version } from '../support/daemon-with-fakes.ts';

const failing = (names: readonly string[]): LastKnownByListen =>
  new Map(
    names.map((name) => {
      const why = problem('dns.timeout', { servers: '127.0.0.1:53', name, ms: Math.round(4000 + name.length), dig: 'dig' });
      return [name, { observation: null, freshAt: null, emptySince: null, leftOut: [], failing: { since: 0, problem: why } }];
    }),
  );

test('a problem is logged when it begins, when it becomes another one, and when it is over, and not in between', (t) => {
  const gone = problem('haproxy.absent', { why: 'its pid file is empty' });
  let reported: ReportedConditions = new Map();
  const eventsOf = (...what: Parameters<typeof problemCondition>) => {
    const changes = conditionChanges(reported, problemCondition(...what), new Set());
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

const configured = new Set(['web', 'api', ...Array.from({ length: 1000 }, (_, i) => `s${i}`)]);

test('a few listens that cluster DNS fails for are named; of a thousand there is one line, and one when it is over', (t) => {
  const few = conditionChanges(new Map(), sourceConditions(failing(['web', 'api'])), configured);
  t.deepEqual(
    few.events.map(({ fields }) => fields),
    [{ listens: ['web', 'api'] }],
  );
  const all = conditionChanges(few.reported, sourceConditions(failing(Array.from({ length: 1000 }, (_, i) => `s${i}`))), configured);
  t.deepEqual(
    all.events.map(({ fields }) => fields),
    [{ listens: ['s0', 's1', 's2'], count: 1000 }],
  );
  const fewer = conditionChanges(all.reported, sourceConditions(failing(Array.from({ length: 900 }, (_, i) => `s${i}`))), configured);
  t.deepEqual(fewer.events, []);
  t.deepEqual(
    conditionChanges(fewer.reported, sourceConditions(new Map()), configured).events.map((event) => event.level === 'info' && event.text),
    ['the cluster answers again'],
  );
});

test('a listen that is held back because it was never observed is reported with the others that cluster DNS fails for', (t) => {
  const setup = config([listen({ name: 'web' }), listen({ name: 'api' })]);
  const observations = [observed(listen({ name: 'api' }))];
  const desired = desiredFile({ config: setup, render, version, observations, currentFile: null });
  const refused = problem('haproxy.refused', { hint: 'x' });
  const heldBack = new Map([
    ['web', problem('haproxy.absent', { why: 'x' })],
    ['api', refused],
  ]);
  t.deepEqual(
    fileConditions({ ...desired, heldBack }).map(({ name, problem }) => [name, problem]),
    [['held back api', refused]],
  );
});

test('what the observations warn of is reported, as resolve reports it', (t) => {
  const ready = problem('dns.none-ready', { service: 'web' });
  const warned = (name: string) => ({
    observation: observed(listen({ name }), [], { warnings: [ready] }),
    freshAt: 0,
    emptySince: null,
    leftOut: [],
    failing: null,
  });
  const lastKnown = new Map([1, 2, 3, 4].map((n) => [`s${n}`, warned(`s${n}`)]));
  t.like(observationConditions(lastKnown, new Map()), [
    { level: 'warn', problem: ready, fields: { listens: ['s1', 's2', 's3'], count: 4 } },
  ]);
  t.is(observationConditions(lastKnown, new Map()).length, 1);
});

test('what is over because its listens were removed is not worth a line', (t) => {
  const both = conditionChanges(new Map(), sourceConditions(failing(['web', 'api'])), new Set(['web', 'api']));
  t.is(conditionChanges(both.reported, sourceConditions(new Map()), new Set(['other'])).events.length, 0);
  t.is(conditionChanges(both.reported, sourceConditions(new Map()), new Set(['api'])).events.length, 1);
});

test('cluster DNS is reported to answer again for the listens it answers for, and not when it fails in another way', (t) => {
  const both = new Set(['web', 'api']);
  const refused = (names: readonly string[]): LastKnownByListen =>
    new Map(
      [...failing(names)].map(([name, known]) => [
        name,
        { ...known, failing: { since: 0, problem: problem('dns.refused', { servers: '127.0.0.1:53', name }) } },
      ]),
    );
  const silent = conditionChanges(new Map(), sourceConditions(failing(['web', 'api'])), both);
  const other = conditionChanges(silent.reported, sourceConditions(refused(['web', 'api'])), both);
  t.deepEqual(
    other.events.map((event) => (event.level === 'info' ? event.text : event.problem.code)),
    ['dns.refused'],
  );
  const one = conditionChanges(silent.reported, sourceConditions(refused(['api'])), both);
  t.deepEqual(
    one.events.map((event) => (event.level === 'info' ? [event.text, event.fields] : event.problem.code)),
    [['the cluster answers again', { listens: ['web'] }], 'dns.refused'],
  );
});
