import test from 'ava';
import { carryOut, refreshRequest } from '../../src/daemon/carry-out.ts';
import type { ApplyRequest } from '../../src/haproxy/process/apply.ts';
import type { Haproxy } from '../../src/haproxy/process/haproxy.ts';
import { desiredFile } from '../../src/plan/desired-file.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { problem } from '../../src/problem/problem.ts';
import type { Observation } from '../../src/source/observation.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { render, version } from '../support/daemon-with-fakes.ts';
import { openFakeHaproxy } from '../support/fake-haproxy.ts';

const [web, api] = [listen({ name: 'web' }), listen({ name: 'api' })];
const setup = config([web, api]);
const never = new AbortController().signal;
const reload: Plan = { kind: 'reload', reasons: [] };
const unknown = { state: { kind: 'unseen' }, digest: null, servers: null } as const;

function desired(observations: readonly Observation[], currentFile: string | null) {
  return desiredFile({ config: setup, render, version, observations, currentFile });
}

/** A HAProxy that runs the file of these observations; what it is asked to apply is kept. */
async function running(observations: readonly Observation[]) {
  const haproxy = openFakeHaproxy();
  const current = desired(observations, null).text;
  haproxy.current = current;
  haproxy.start();
  const requests: ApplyRequest[] = [];
  const spied: Haproxy = {
    ...haproxy,
    apply(request, state, signal) {
      requests.push(request);
      return haproxy.apply(request, state, signal);
    },
  };
  return { haproxy, spied, current, requests, inspection: await haproxy.inspect(unknown, never) };
}

const before = [observed(web, ['10.1.0.1']), observed(api, ['10.1.0.2'])];
const resized = [observed({ ...web, maxExpectedPods: 50 }, ['10.1.0.1']), observed(api, ['10.1.0.2'])];

test('a reload asks the new worker for the servers of the listens that changed, and keeps the last good file', async (t) => {
  const { spied, requests, current, inspection } = await running(before);
  const next = desired(resized, current);
  t.like(await carryOut(spied, { inspection, desired: next, plan: reload }, never), { kind: 'running' });
  t.deepEqual(requests, [
    { text: next.text, write: true, check: true, reload: true, saveLastGood: true, expected: [{ listen: 'web', servers: 50 }] },
  ]);
});

test('a reload that is owed for the file as it is writes nothing, and asks for all listens', async (t) => {
  const { spied, requests, current, inspection } = await running(before);
  await carryOut(spied, { inspection: { ...inspection, digest: 'another' }, desired: desired(before, current), plan: reload }, never);
  t.like(requests[0], { write: false, reload: true, saveLastGood: false });
  t.deepEqual(
    requests[0]?.expected.map(({ listen: name }) => name),
    ['web', 'api'],
  );
});

test('a refresh reloads nothing and asks for nothing', async (t) => {
  const { current, inspection } = await running(before);
  const next = desired([observed(web, ['10.1.0.9']), observed(api, ['10.1.0.2'])], current);
  t.like(refreshRequest(inspection, next), { text: next.text, write: true, check: true, reload: false, expected: [] });
  t.like(refreshRequest(inspection, desired(before, current)), { write: false });
});

test('nothing is done to a HAProxy that was restarted since the plan was made', async (t) => {
  const { haproxy, spied, requests, current, inspection } = await running(before);
  haproxy.start();
  t.deepEqual(await carryOut(spied, { inspection, desired: desired(resized, current), plan: reload }, never), { kind: 'replaced' });
  t.deepEqual(requests, []);
});

test('a bind that cannot be had stops the reload before anything is written; one of a listen that is held back does not', async (t) => {
  const { haproxy, spied, requests, current, inspection } = await running(before);
  const taken = problem('bind.taken', { bind: '127.0.0.1:443', owner: 'listen web', port: 443 });
  haproxy.takenBy.set('web', taken);
  const next = desired(resized, current);
  const outcome = await carryOut(spied, { inspection, desired: next, plan: reload }, never);
  t.like(outcome, { kind: 'unbindable', problem: taken, unbindable: { general: null } });
  t.deepEqual(requests, []);
  const heldBack = { ...next, heldBack: new Map([['web', taken]]) };
  t.like(await carryOut(spied, { inspection, desired: heldBack, plan: reload }, never), { kind: 'running' });
});

test('a problem outside of podfront is an outcome, and a defect is thrown', async (t) => {
  const { haproxy, current, inspection } = await running(before);
  const full = problem('apply.unwritable', { file: '/etc/haproxy/haproxy.cfg', why: 'no space left on the device' });
  const plan: Plan = { kind: 'refresh', reasons: [] };
  const next = desired(resized, current);
  const failing = (error: Error) => ({ ...haproxy, apply: () => Promise.reject(error) });
  t.deepEqual(await carryOut(failing(full), { inspection, desired: next, plan }, never), { kind: 'prevented', problem: full });
  await t.throwsAsync(carryOut(failing(new TypeError('a defect')), { inspection, desired: next, plan }, never), { message: 'a defect' });
});
