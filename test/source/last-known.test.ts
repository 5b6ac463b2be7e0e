import test from 'ava';
import { problem } from '../../src/problem/problem.ts';
import { carriedOver, isComplete, learn } from '../../src/source/last-known.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const web = listen({ name: 'web' });
const why = problem('dns.timeout', { servers: '127.0.0.1:53', name: 'web', ms: 1, dig: 'dig' });
const failed = observed(web, [], { state: 'failed', kind: 'unknown', problem: why });

test('a failed answer takes nothing away, and says since when and why', (t) => {
  const { lastKnown } = learn(new Map(), [observed(web, ['10.1.0.1'])], 1000);
  const first = learn(lastKnown, [failed], 2000);
  t.false(first.changed);
  const known = learn(first.lastKnown, [failed], 3000).lastKnown.get('web');
  t.deepEqual(
    known?.observation?.endpoints.map(({ address }) => address.text),
    ['10.1.0.1'],
  );
  t.deepEqual([known?.freshAt, known?.failing?.since, known?.failing?.problem.code], [1000, 2000, 'dns.timeout']);
});

test('an empty answer is a good answer', (t) => {
  const { lastKnown } = learn(new Map(), [observed(web, ['10.1.0.1'])], 1000);
  const empty = learn(lastKnown, [observed(web, [])], 2000);
  t.true(empty.changed);
  t.is(empty.lastKnown.get('web')?.observation?.endpoints.length, 0);
});

test('the same answer again is no change; another address, record kind or truncation is', (t) => {
  const { lastKnown } = learn(new Map(), [observed(web, ['10.1.0.1'])], 1000);
  t.false(learn(lastKnown, [observed(web, ['10.1.0.1'])], 2000).changed);
  t.true(learn(lastKnown, [observed(web, ['10.1.0.2'])], 2000).changed);
  t.true(learn(lastKnown, [observed(web, ['10.1.0.1'], { records: 'wildcard' })], 2000).changed);
});

test('every listen must have been answered for, well or badly', (t) => {
  const both = config([web, listen({ name: 'api' })]);
  const { lastKnown } = learn(new Map(), [failed], 1000);
  t.false(isComplete(lastKnown, both));
  t.true(isComplete(lastKnown, config([web])));
});

test('what was learnt stays with another balance, and goes with another service', (t) => {
  const { lastKnown } = learn(new Map(), [observed(web, ['10.1.0.1'])], 1000);
  const balanced = listen({ name: 'web', balance: 'source' });
  t.is(carriedOver(lastKnown, config([web]), config([balanced])).get('web')?.observation?.listen, balanced);
  t.is(carriedOver(lastKnown, config([web]), config([listen({ name: 'web', serviceName: 'other' })])).size, 0);
  t.is(carriedOver(lastKnown, config([web]), config([])).size, 0);
});

test('a headless Service that now has a ClusterIP is reported with what HAProxy does', (t) => {
  const unseen = observed(web, [], { state: 'failed', problem: problem('dns.pods-unseen', { service: 'web.default.svc.cluster.local' }) });
  const codeOf = (before: ReturnType<typeof learn>) => learn(before.lastKnown, [unseen], 2000).lastKnown.get('web')?.failing?.problem.code;
  t.is(codeOf(learn(new Map(), [observed(web, ['10.1.0.1'])], 1000)), 'dns.became-cluster-ip');
  t.is(codeOf(learn(new Map(), [observed(web, ['10.1.0.1'], { records: 'wildcard' })], 1000)), 'dns.pods-unseen');
  t.is(codeOf(learn(new Map(), [], 1000)), 'dns.pods-unseen');
});
