import test from 'ava';
import type { AttemptOutcome } from '../../src/daemon/carry-out.ts';
import {
  bindsRetryAt,
  isWorthAnotherAttempt,
  problemOf,
  recordOutcome,
  retryAtOf,
  runningAfter,
  unknownConfig,
} from '../../src/daemon/record-outcome.ts';
import { allBindable, initialState, withoutRefusals } from '../../src/daemon/state.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { listenKeyIn } from '../../src/plan/listen-key.ts';
import { problem } from '../../src/problem/problem.ts';
import { attempt } from '../support/attempt-sample.ts';
import { config, listen, observed, podAddresses } from '../support/config-sample.ts';

const web = listen({ name: 'web' });
const setup = config([web]);
const tried = attempt(setup, [observed(web, ['10.1.0.1'])], [observed(web, podAddresses(40))]);
const digest = reloadDigest(tried.desired.text);
const key = listenKeyIn(tried.desired.text, 'web');
const worker = { pid: 8, start: 80 };
const bad = problem('haproxy.refused', { hint: 'x' });
const now = 50_000;

const refusedBy = (owner: string | null): AttemptOutcome => ({
  kind: 'refused',
  verdict: { ok: false, alerts: [{ text: 'ALERT', listen: owner }], problem: bad },
});
const outcomes = {
  refreshed: { kind: 'refreshed' },
  running: { kind: 'running', worker },
  owed: { kind: 'owed', problem: bad },
  unverified: { kind: 'unverified', problem: bad },
  'refused because of a listen': refusedBy('web'),
  'refused as a whole': refusedBy(null),
  failed: { kind: 'failed', problem: bad, lines: [], worker: null },
  unbindable: { kind: 'unbindable', unbindable: { listens: new Map([[key, bad]]), general: null }, problem: bad },
  replaced: { kind: 'replaced' },
  prevented: { kind: 'prevented', problem: bad },
} as const satisfies Readonly<Record<string, AttemptOutcome>>;

const counts = initialState.counts;
const lastReload = { at: now, why: 'the test says so; twice', problem: null };
const states: Readonly<Record<keyof typeof outcomes, object>> = {
  refreshed: { refreshedAt: 5_000, reloadedAt: null, counts: { ...counts, refreshes: 1 } },
  running: { refreshedAt: 5_000, reloadedAt: now, lastReload: { ...lastReload, outcome: 'done' }, counts: { ...counts, reloads: 1 } },
  owed: { refreshedAt: 5_000, reloadedAt: null, counts },
  unverified: {
    refreshedAt: 5_000,
    reloadedAt: now,
    lastReload: { ...lastReload, outcome: 'unseen', problem: bad },
    counts: { ...counts, reloads: 1 },
  },
  'refused because of a listen': { refusedListens: new Map([[key, bad]]), refusedFiles: new Map(), reloadedAt: null },
  'refused as a whole': { refusedListens: new Map(), refusedFiles: new Map([[digest, bad]]) },
  failed: {
    ...{ refusedListens: new Map([[key, bad]]), reloadedAt: now, counts: { ...counts, failed: 1 } },
    lastReload: { ...lastReload, outcome: 'failed', problem: bad },
  },
  unbindable: { unbindable: { listens: new Map([[key, bad]]), general: null }, reloadedAt: null },
  replaced: initialState,
  prevented: initialState,
};

for (const [name, outcome] of Object.entries(outcomes) as readonly (readonly [keyof typeof outcomes, AttemptOutcome])[]) {
  test(`the state after an attempt that is ${name}`, (t) => {
    const state = recordOutcome(tried, outcome, setup, now);
    t.deepEqual(state, { ...initialState, ...Object.fromEntries(Object.entries(state).filter(([field]) => field in states[name])) });
    for (const [field, value] of Object.entries(states[name])) t.deepEqual(state[field as keyof typeof state], value as never, field);
  });
}

test('a reload that was seen is what HAProxy runs; after one that failed that is not known', (t) => {
  const { inspection } = tried;
  t.deepEqual(runningAfter(tried, outcomes.running), { state: { ...inspection.state, worker }, digest, servers: inspection.servers });
  t.is(runningAfter(tried, outcomes.unverified).digest, digest);
  t.is(runningAfter(tried, outcomes.owed).digest, null);
  t.is(runningAfter(tried, outcomes.failed).digest, null);
  t.is(runningAfter(tried, outcomes.refreshed).digest, inspection.digest);
  t.is(runningAfter(tried, outcomes['refused as a whole']).digest, inspection.digest);
  t.deepEqual(runningAfter(tried, outcomes.replaced), unknownConfig);
});

test('another attempt follows where a listen can be held back, or HAProxy was replaced', (t) => {
  const again = Object.entries(outcomes).filter(([, outcome]) =>
    isWorthAnotherAttempt(outcome, tried.state, recordOutcome(tried, outcome, setup, now)),
  );
  t.deepEqual(
    again.map(([name]) => name),
    ['refused because of a listen', 'unbindable', 'replaced'],
  );
});

test('only a change that is in place has no problem', (t) => {
  const without = Object.entries(outcomes).filter(([, outcome]) => problemOf(outcome) === null);
  t.deepEqual(
    without.map(([name]) => name),
    ['refreshed', 'running', 'replaced'],
  );
});

test('a refusal is acted on at once, an obstacle is looked at again later, and binds as long as one cannot be had', (t) => {
  t.is(retryAtOf(outcomes.failed, initialState, now), now);
  t.is(retryAtOf(outcomes['refused as a whole'], initialState, now), now);
  t.is(retryAtOf(outcomes.prevented, initialState, now), now + 5_000);
  t.is(retryAtOf(outcomes.running, initialState, now), null);
  const unbindable = recordOutcome(tried, outcomes.unbindable, setup, now);
  t.is(retryAtOf(outcomes.running, unbindable, now), now + 5_000);
  t.is(bindsRetryAt({ ...unbindable, unbindable: allBindable }, now), null);
});

test('what HAProxy refused can be forgotten', (t) => {
  const state = recordOutcome({ ...tried, state: recordOutcome(tried, refusedBy('web'), setup, now) }, refusedBy(null), setup, now);
  t.deepEqual([state.refusedListens.size, state.refusedFiles.size], [1, 1]);
  t.deepEqual(withoutRefusals(state), initialState);
});

test('once a good file is in place, what was refused as a whole is forgotten', (t) => {
  const refused = { ...tried, state: { ...tried.state, refusedFiles: new Map([['an older file', bad]]) } };
  for (const kind of ['refreshed', 'running', 'owed', 'unverified'] as const)
    t.is(recordOutcome(refused, outcomes[kind], setup, now).refusedFiles.size, 0, kind);
  t.is(recordOutcome(refused, outcomes.unbindable, setup, now).refusedFiles.size, 1);
});
