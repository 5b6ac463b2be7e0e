import test from 'ava';
import { applyEvent, initialLoopState, type LoopState, nextReconcileAt, restUntil } from '../../src/daemon/events.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const web = listen({ name: 'web' });
const setup = config([web]);
const { settle } = setup.pace;
const withPod = (state: LoopState, pod: number, at: number) =>
  applyEvent(state, { kind: 'observed', observations: [observed(web, [`10.1.0.${pod}`])] }, at);

/** The state after a reconciliation that took `ms` and found nothing to do. */
function afterReconciliation(ms: number): LoopState {
  return { ...withPod(initialLoopState(setup, 0), 1, 0), changes: null, restsUntil: restUntil(0, ms) };
}

test('nothing is due before every listen was answered for, and then at once', (t) => {
  t.is(nextReconcileAt(initialLoopState(setup, 1_000)), null);
  t.true((nextReconcileAt(withPod(initialLoopState(setup, 1_000), 1, 4_000)) ?? 0) <= 4_000);
});

test('a failed answer is an answer: the daemon starts without DNS', (t) => {
  const failed = observed(web, [], { state: 'failed', problem: problem('haproxy.absent', { why: 'x' }) });
  const state = applyEvent(initialLoopState(setup, 0), { kind: 'observed', observations: [failed] }, 100);
  t.true((nextReconcileAt(state) ?? Number.NaN) <= 100);
});

test('a change long after a reconciliation is acted on once it has settled', (t) => {
  t.is(nextReconcileAt(withPod(afterReconciliation(2), 2, 60_000)), 60_000 + settle.min);
});

test('an answer that says the same is no change, nor is one for a listen that is not configured', (t) => {
  t.is(nextReconcileAt(withPod(afterReconciliation(2), 1, 60_000)), null);
  const other = applyEvent(
    afterReconciliation(2),
    { kind: 'observed', observations: [observed(listen({ name: 'gone' }), ['10.1.0.9'])] },
    60_000,
  );
  t.is(nextReconcileAt(other), null);
  t.deepEqual([...other.lastKnown.keys()], ['web']);
});

test('after a long reconciliation that found nothing to do the loop rests, unless a change has waited long enough', (t) => {
  t.is(nextReconcileAt(withPod(afterReconciliation(20), 2, 100)), 2_020);
  t.is(nextReconcileAt(withPod(afterReconciliation(1_000), 2, 1_050)), 1_050 + settle.max);
});

test('a file, a signal or another HAProxy ends the rest', (t) => {
  for (const kind of ['files', 'hangup', 'haproxy'] as const)
    t.is(nextReconcileAt(applyEvent(withPod(afterReconciliation(1_000), 2, 1_050), { kind }, 1_100)), 1_100 + settle.min, kind);
});

test('files are read again before every listen was answered for; only SIGHUP asks HAProxy again about what it refused', (t) => {
  const start = initialLoopState(setup, 0);
  const [files, hangup] = (['files', 'hangup'] as const).map((kind) => applyEvent(start, { kind }, 1_000));
  t.is(nextReconcileAt(files ?? start), 1_000 + settle.min);
  t.deepEqual([files?.filesChanged, files?.hangup, hangup?.filesChanged, hangup?.hangup], [true, false, true, true]);
});

test('it reconciles again when a retry is due', (t) => {
  t.is(nextReconcileAt({ ...afterReconciliation(2), retryAt: 70_000 }), 70_000);
});
