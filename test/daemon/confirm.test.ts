import test from 'ava';
import { applyEvent, applyTime, initialLoopState, type LoopState, nextReconcileAt } from '../../src/daemon/events.ts';
import { problem } from '../../src/problem/problem.ts';
import type { Observation } from '../../src/source/observation.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const web = listen({ name: 'web' });
const setup = config([web]);
const wait = 10 * setup.pace.poll;
const pods = observed(web, ['10.1.0.1']);
const service = observed(web, [], { kind: 'service', records: 'service', state: 'found', resolution: null });
const failed = observed(web, [], { state: 'failed', problem: problem('haproxy.absent', { why: 'x' }) });

const take = (state: LoopState, observation: Observation, now: number) =>
  applyEvent(state, { kind: 'observed', observations: [observation] }, now);
const start: LoopState = { ...take(initialLoopState(setup, 0), pods, 0), changes: null };
const kindOf = (state: LoopState) => state.lastKnown.get('web')?.observation?.kind;

test('the first observation is taken at once', (t) => {
  t.is(kindOf(start), 'pods');
  t.is(nextReconcileAt(start), null);
});

test('another kind waits for ten polls, and is then acted on', (t) => {
  const seen = take(start, service, 1_000);
  t.is(kindOf(seen), 'pods');
  t.is(nextReconcileAt(seen), 1_000 + wait);
  t.is(kindOf(applyTime(seen, 999 + wait)), 'pods');
  const confirmed = applyTime(seen, 1_000 + wait);
  t.is(kindOf(confirmed), 'service');
  t.true((nextReconcileAt(confirmed) ?? Number.NaN) <= 1_000 + wait);
});

test('it is forgotten when the old kind is back, or an answer fails in between', (t) => {
  for (const other of [pods, failed]) {
    const back = take(take(start, service, 1_000), other, 2_000);
    t.is(back.unconfirmed.size, 0);
    t.is(kindOf(applyTime(back, 1_000 + wait)), 'pods');
  }
});

test('another report of the same does not restart the time, and one of a third kind does', (t) => {
  const again = take(take(start, service, 1_000), service, 6_000);
  t.is(nextReconcileAt(again), 1_000 + wait);
  t.is(nextReconcileAt(take(again, { ...pods, family: 6 }, 7_000)), 7_000 + wait);
});

test('pods of the same kind come and go without waiting', (t) => {
  t.is(take(start, observed(web, ['10.1.0.2']), 1_000).lastKnown.get('web')?.observation?.endpoints[0]?.address.text, '10.1.0.2');
});
