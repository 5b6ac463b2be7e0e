import test from 'ava';
import { applyEvent, initialLoopState, type LoopState, nextReconcileAt, restUntil } from '../../src/daemon/events.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const web = listen({ name: 'web' });
const setup = config([web]);
const { settle } = setup.pace;
const seen = (desk: LoopState, count: number, at: number) =>
  applyEvent(desk, { kind: 'observed', observations: [observed(web, [`10.1.0.${count}`])] }, at);

/** A desk whose first turn is over: it took `ms`, and found nothing to do. */
function afterTurn(ms: number): LoopState {
  const desk = seen(initialLoopState(setup, 0), 1, 0);
  return { ...desk, waiting: null, until: null, rest: restUntil(0, ms) };
}

test('what changes long after a turn is acted on as soon as it is quiet', (t) => {
  t.is(nextReconcileAt(seen(afterTurn(2), 2, 60_000)), 60_000 + settle.min);
});

test('after a turn that took long and found nothing to do podfront rests, unless a change has waited long enough', (t) => {
  t.is(nextReconcileAt(seen(afterTurn(20), 2, 100)), 2_020);
  t.is(nextReconcileAt(seen(afterTurn(1_000), 2, 1_050)), 1_050 + settle.max);
});

test('a file, a signal or another HAProxy ends the rest', (t) => {
  for (const kind of ['files', 'hangup', 'haproxy'] as const)
    t.is(nextReconcileAt(applyEvent(seen(afterTurn(1_000), 2, 1_050), { kind }, 1_100)), 1_100 + settle.min, kind);
});
