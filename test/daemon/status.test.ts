import test from 'ava';
import { applyEvent, initialLoopState } from '../../src/daemon/events.ts';
import { noCounts } from '../../src/daemon/source-status.ts';
import { buildStatus, type StatusInput } from '../../src/daemon/status.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { problem } from '../../src/problem/problem.ts';
import { samplesOf } from '../../src/status/metrics.ts';
import { attempt } from '../support/attempt-sample.ts';
import { config, listen, observed, podAddresses } from '../support/config-sample.ts';

const [web, api] = [listen({ name: 'web', maxExpectedPods: 20 }), listen({ name: 'api' })];
const setup = config([web, api], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } });
const gone = problem('haproxy.absent', { why: 'x' });
const start = initialLoopState(setup, 0);
const observations = [observed(web, podAddresses(23)), observed(api, ['10.1.0.9'])];
const loop = applyEvent(start, { kind: 'observed', observations }, 10_000);
const tried = { ...attempt(setup, observations, observations), problem: null };
const input = (given: Partial<StatusInput>): StatusInput => ({
  ...{ version: '1.0.0', startedAt: 0, ready: true, loop, result: tried, lastPatch: null, stopped: null, addressProblem: null, host: 'vm' },
  ...{ health: { kind: 'unknown', why: 'no socket' }, traffic: new Map(), healthProblem: null, apiCounts: noCounts },
  ...given,
});

test('a listen has its pods, slots, and those without a slot', (t) => {
  t.like(buildStatus(input({}), 10_000).listens, [
    { listen: 'web', state: 'fresh', pods: 23, slots: 20, free: 0, overflow: 3, left: null },
    { listen: 'api', service: 'api.default.svc.cluster.local', pods: 1, slots: 20, free: 19 },
  ]);
});

test('a listen is asked for, fresh, stale since the last good answer, or failing without one', (t) => {
  const failed = [observed(web, [], { state: 'failed', problem: gone })];
  const stale = applyEvent(loop, { kind: 'observed', observations: failed }, 20_000);
  t.like(buildStatus(input({ loop: stale }), 25_000).listens[0], { state: 'stale', staleSeconds: 15, failing: { code: 'haproxy.absent' } });
  const failing = applyEvent(start, { kind: 'observed', observations: failed }, 20_000);
  t.like(buildStatus(input({ loop: failing }), 25_000).listens, [{ state: 'failing', staleSeconds: 5 }, { state: 'asking' }]);
});

test('HAProxy is current when it runs the desired file', (t) => {
  t.like(buildStatus(input({}), 0).haproxy, { state: 'running', pid: 7, current: true });
  const { inspection } = tried;
  t.false(buildStatus(input({ result: { ...tried, inspection: { ...inspection, digest: reloadDigest('other') } } }), 0).haproxy.current);
  const absent = { ...tried, inspection: { ...inspection, state: { kind: 'absent', problem: gone } as const, digest: null } };
  t.like(buildStatus(input({ result: absent }), 0), {
    haproxy: { state: 'absent', pid: null, current: false },
    problem: { code: 'haproxy.absent' },
  });
  t.is(buildStatus(input({ loop: { ...loop, config: config([web, api]) } }), 0).haproxy.state, 'unasked');
});

test('what HAProxy refused is listed, by listen or as a whole', (t) => {
  const state = { ...tried.state, refusedListens: new Map([['web 12ab', gone]]), refusedFiles: new Map([['34cd', gone]]) };
  t.like(buildStatus(input({ result: { ...tried, state } }), 0).refused, [{ listen: 'web' }, { listen: null }]);
});

test('before the first reconciliation there is a status, too', (t) => {
  t.like(buildStatus(input({ loop: start, result: null, ready: false }), 0), { ready: false, lastReload: null, reloads: 0, problem: null });
});

test('the Kubernetes API is a part of its own, with the lag of the last change, and since when it fails', (t) => {
  const pods = listen({ name: 'pods', records: 'endpoints', fallbackServicePort: 'auto' });
  const setup = config([pods], {}, { api: { kind: 'kubeconfig', file: '/etc/podfront/kubeconfig', context: null } });
  const evidence = { kind: 'kubernetes', server: 'api.example.org:6443', service: null, slices: [], changedAt: 9_000 } as const;
  const good = observed(pods, ['10.1.0.1'], { records: 'endpoints', resolution: { kind: 'address' }, evidence });
  const known = applyEvent(initialLoopState(setup, 0), { kind: 'observed', observations: [good] }, 10_000);
  const apiCounts = { events: 7, watchRestarts: 1, lastLag: 5.6 };
  const fine = buildStatus(input({ loop: known, apiCounts }), 12_000);
  t.like(fine.api, { server: 'api.example.org:6443', listens: 1, failing: 0, failingSince: null, lastLag: 5.6, events: 7 });
  t.deepEqual(
    fine.parts.map(({ name }) => name),
    ['Kubernetes API'],
  );
  t.is(fine.parts[0]?.facts['From the last change to HAProxy'], '6 ms');

  const failed = [observed(pods, [], { state: 'failed', problem: gone })];
  const failing = buildStatus(input({ loop: applyEvent(known, { kind: 'observed', observations: failed }, 20_000), apiCounts }), 50_000);
  t.like(failing.api, { failing: 1, failingSince: '1970-01-01T00:00:20.000Z', problem: { code: 'haproxy.absent' } });
  const value = (name: string) => samplesOf(failing).find((sample) => sample.name === name)?.value;
  t.is(value('podfront_api_failing_seconds'), 30);
  t.is(buildStatus(input({}), 0).api, null);
});

test('a listen of which nothing has been learned since the start keeps the pods of the file', (t) => {
  const before = initialLoopState(setup, 0);
  const withoutApi = { ...tried.desired, allocation: tried.desired.allocation.filter(({ listen }) => listen.name !== 'api') };
  const { listens } = buildStatus(input({ loop: before, result: { ...tried, desired: withoutApi } }), 10_000);
  t.like(listens[1], { listen: 'api', state: 'asking', pods: 1, servers: 1, slots: 20, free: 19 });
});
