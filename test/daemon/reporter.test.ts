import test from 'ava';
import { initialLoopState } from '../../src/daemon/events.ts';
import { openLog } from '../../src/daemon/log.ts';
import type { ReconcileResult } from '../../src/daemon/reconciliation.ts';
import { openReporter } from '../../src/daemon/reporter.ts';
import { noCounts } from '../../src/daemon/source-status.ts';
import { problem } from '../../src/problem/problem.ts';
import { attempt } from '../support/attempt-sample.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { render, version } from '../support/daemon-with-fakes.ts';
import { openFakeClock } from '../support/fake-clock.ts';

const web = listen({ name: 'web' });
const setup = config([web], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } });
const tried = attempt(setup, [observed(web, ['10.1.0.1'])], [observed(web, ['10.1.0.2'])]);
const good: ReconcileResult = { ...tried, outcome: { kind: 'running', worker: { pid: 8, start: 80 } }, problem: null, retryAt: null };
const full = problem('apply.unwritable', { file: '/etc/haproxy/haproxy.cfg', why: 'no space left on the device' });

function opened() {
  const clock = openFakeClock(1_000);
  const [lines, notes]: [string[], string[]] = [[], []];
  const log = openLog((line) => lines.push(line.trimEnd()), { level: 'debug', format: 'text', journal: false, clock });
  const notify = {
    ready: (text: string) => notes.push(`ready ${text}`),
    reloading: () => notes.push('reloading'),
    status: (text: string) => notes.push(`status ${text}`),
    alive: () => notes.push('alive'),
    stopping: async () => {},
  };
  const loop = initialLoopState(setup, clock.now());
  const files = { config: setup, render, version, content: '' };
  const { report, status } = openReporter('1.0.0', {
    log,
    notify,
    clock,
    host: 'vm',
    apiCounts: () => noCounts,
    readServers: async () => null,
  });
  return { clock, lines, notes, report, status, loop, files };
}

test('there is no status before the configuration was read; then it is not ready', (t) => {
  const { report, status, loop, files } = opened();
  t.is(status(), null);
  report({ kind: 'loaded', files, loop });
  t.like(status(), { version: '1.0.0', ready: false, haproxy: { state: 'unseen' }, listens: [{ listen: 'web', state: 'asking' }] });
});

test('the service manager hears of readiness with the first good result, and of the status from then on', (t) => {
  const { report, status, notes, loop } = opened();
  report({ kind: 'reconciled', result: { ...good, problem: full }, loop });
  t.deepEqual([notes.length, status()?.ready], [1, false]);
  report({ kind: 'reconciled', result: good, loop });
  report({ kind: 'reconciled', result: good, loop });
  t.deepEqual(notes.slice(1), ['ready 1 listens, 1 pods', 'status 1 listens, 1 pods']);
  t.true(status()?.ready);
});

test('a reload is logged with its reasons, and nothing to do only under debug', (t) => {
  const { report, lines, loop } = opened();
  report({ kind: 'reconciled', result: good, loop });
  report({ kind: 'reconciled', result: { ...good, outcome: null, plan: { kind: 'keep', reasons: ['x'], retryAt: null } }, loop });
  t.deepEqual(lines, [
    'podfront: reloaded HAProxy, and saw it run the new file: the test says so; twice worker=8 listens=web',
    'podfront: debug: nothing to do: x plan=keep',
  ]);
});

test('a problem is logged once while it lasts, and once when it is over', (t) => {
  const { report, lines, loop } = opened();
  for (const problem of [full, full, null, null]) report({ kind: 'reconciled', result: { ...good, outcome: null, problem }, loop });
  t.deepEqual(
    lines.filter((line) => !line.startsWith('podfront: debug')).map((line) => line.split(' code=')[0]),
    ['podfront: error: cannot write /etc/haproxy/haproxy.cfg: no space left on the device', 'podfront: changes can be applied again'],
  );
});

test('while the configuration has a fault the status shows it', (t) => {
  const { report, status, lines, loop, files } = opened();
  report({ kind: 'loaded', files, loop });
  const fault = problem('config.empty');
  report({ kind: 'not-loaded', problem: fault, loop: { ...loop, configProblem: fault } });
  t.is(status()?.config.problem?.code, 'config.empty');
  t.true(lines.some((line) => line.startsWith(`podfront: error: ${fault.message}`)));
  report({ kind: 'loaded', files, loop });
  report({ kind: 'tick' });
  t.is(status()?.config.problem, null);
  t.true(lines.includes('podfront: the configuration can be used again'));
});

test('a reconciliation that cannot begin is the problem of the status until one does', (t) => {
  const { report, status, loop } = opened();
  report({ kind: 'not-reconciled', problem: full, loop });
  t.is(status()?.problem?.code, 'apply.unwritable');
  report({ kind: 'reconciled', result: good, loop });
  t.is(status()?.problem, null);
});

test('one that hangs leaves no status, and the service manager without a sign of life', async (t) => {
  const { report, status, notes, clock, loop } = opened();
  report({ kind: 'reconciling', loop });
  report({ kind: 'tick' });
  t.deepEqual(notes, ['alive']);
  await clock.advance(600_001);
  report({ kind: 'tick' });
  t.deepEqual(notes, ['alive']);
  t.is(status(), null);
});

test('SIGHUP says what came of it, also when nothing was to be done', (t) => {
  const { report, lines, loop, files } = opened();
  const nothing: ReconcileResult = { ...good, plan: { kind: 'keep', reasons: ['the file is up to date'], retryAt: null }, outcome: null };
  report({ kind: 'loaded', files, loop });
  report({ kind: 'reconciled', result: good, loop });
  report({ kind: 'reconciled', result: nothing, loop });
  t.regex(lines.at(-1) ?? '', /^podfront: debug: nothing to do/);
  report({ kind: 'loaded', files, loop });
  report({ kind: 'reconciled', result: nothing, loop });
  t.is(lines.at(-1), 'podfront: nothing to do: the file is up to date plan=keep');
});
