import test from 'ava';
import type { ReconcileInput } from '../../src/daemon/reconciliation.ts';
import { whileHeld } from '../../src/daemon/while-held.ts';
import { problem } from '../../src/problem/problem.ts';
import { attempt } from '../support/attempt-sample.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { render, version } from '../support/daemon-with-fakes.ts';
import { openFakeClock } from '../support/fake-clock.ts';
import { openFakeHaproxy } from '../support/fake-haproxy.ts';

const web = listen({ name: 'web' });
const setup = config([web], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } });
const bad = problem('haproxy.refused', { hint: 'x' });
const [before, after] = [[observed(web, ['10.1.0.1'])], [observed(web, ['10.1.0.2'])]];
const held = attempt(setup, before, after, { plan: { kind: 'hold', reasons: ['x'], problem: bad } });

function hold(over: Partial<typeof held> = {}, dryRun = false) {
  const haproxy = openFakeHaproxy();
  haproxy.current = (over.inspection ?? held.inspection).currentFile;
  const input: ReconcileInput = {
    ...{
      config: setup,
      render,
      version,
      observations: after,
      failing: new Map(),
      keepsLost: false,
      notFollowing: [],
      releaseSlots: false,
      checkOtherFiles: false,
    },
    dryRun,
  };
  const clock = openFakeClock(100_000);
  return { haproxy, result: whileHeld({ haproxy, clock }, input, { ...held, ...over }, new AbortController().signal) };
}

test('the current file follows the pods, and the problem stays', async (t) => {
  const { haproxy, result } = hold();
  t.like(await result, { problem: bad, outcome: { kind: 'refreshed' }, state: { refreshedAt: 100_000, counts: { refreshes: 1 } } });
  t.is(haproxy.current, (held.inspection.currentFile ?? '').replace('10.1.0.1', '10.1.0.2'));
  t.is(haproxy.reloads(), 0);
});

test('soon after another refresh it waits', async (t) => {
  const { haproxy, result } = hold({ state: { ...held.state, refreshedAt: 97_000 } });
  t.like(await result, { problem: bad, outcome: null, retryAt: 102_000 });
  t.is(haproxy.current, held.inspection.currentFile);
});

test('under dry run, and where there is no file, nothing is written', async (t) => {
  t.like(await hold({}, true).result, { problem: bad, outcome: null, retryAt: null });
  const { haproxy, result } = hold({ inspection: { ...held.inspection, currentFile: null } });
  t.like(await result, { problem: bad, outcome: null });
  t.is(haproxy.current, null);
});
