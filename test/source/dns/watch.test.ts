import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { parseConfig } from '../../../src/config/parse.ts';
import type { LookupResult, Outcome } from '../../../src/dns/message/outcome.ts';
import type { Question } from '../../../src/dns/message/question.ts';
import { parseAddress } from '../../../src/ip/address.ts';
import { problem } from '../../../src/problem/problem.ts';
import { watchDns } from '../../../src/source/dns/watch.ts';
import type { Observation } from '../../../src/source/observation.ts';
import type { Clock } from '../../../src/system/clock.ts';

/** Time that passes only when a test says so. */
function manualClock(): Clock & { readonly pass: (ms: number) => Promise<void> } {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        for (let i = 0; i < 4; i++) await turn();
        const [first] = [...sleepers].sort((a, b) => a.at - b.at);
        if (first === undefined || first.at > end) break;
        now = Math.max(now, first.at);
        sleepers.delete(first);
        first.wake();
      }
      now = end;
    },
  };
}

const found = { kind: 'found', aliases: [], services: [], texts: [], addresses: [] } as const;

function pods(...texts: string[]): Outcome {
  return { ...found, ttl: 30, addresses: texts.flatMap((text) => parseAddress(text) ?? []) };
}

const down: Outcome = { kind: 'failed', problem: problem('dns.servfail', { servers: '10.0.0.254:53', name: 'x' }) };

/** Polls the listens of a configuration against a function that answers. */
function polling(listens: string, answer: (question: Question, at: number) => Outcome) {
  const config = parseConfig(`listen: {${listens}}\n`, 'podfront.yaml');
  const clock = manualClock();
  const stop = new AbortController();
  const questions: { readonly key: string; readonly at: number }[] = [];
  const reports: Observation[][] = [];
  const ask = async (question: Question): Promise<LookupResult> => {
    questions.push({ key: `${question.type} ${question.name}`, at: clock.now() });
    const outcome = answer(question, clock.now());
    const ttl = outcome.kind === 'failed' ? null : outcome.ttl;
    return {
      lookup: { ...question, server: '10.0.0.254:53', transport: 'udp', rcode: null, answers: 0, ttl, bytes: 0, ms: 0, truncated: false },
      outcome,
    };
  };
  const over = watchDns(
    config,
    { ask },
    (observations) => reports.push([...observations]),
    { clock, random: () => 0.5, hostAddresses: () => [], onAnswer: () => {} },
    stop.signal,
  );
  const end = async () => {
    stop.abort(new Error('over'));
    await over.catch(() => {});
  };
  return { clock, questions, reports, end, over, stop };
}

test('an answer that stays the same is reported once, and then with the heartbeat only', async (t) => {
  const same = pods('10.1.0.1');
  const it = polling('web: {podPort: 80}', () => same);
  await it.clock.pass(9000);
  t.is(it.reports.length, 1);
  t.true(it.questions.length >= 8);
  await it.clock.pass(10_500);
  t.is(it.reports.length, 2);
  await it.end();
});

test('a change is reported with the next answer', async (t) => {
  const [one, two] = [pods('10.1.0.1'), pods('10.1.0.1', '10.1.0.2')];
  const it = polling('web: {podPort: 80}', (_, at) => (at < 5000 ? one : two));
  await it.clock.pass(6500);
  t.deepEqual(
    it.reports.map((all) => all.map(({ endpoints }) => endpoints.length)),
    [[1], [2]],
  );
  await it.end();
});

test('a question that two listens have in common is asked once', async (t) => {
  const same = pods('10.1.0.1');
  const it = polling('web: {podPort: 80}, other: {serviceName: web, podPort: 81}', () => same);
  await it.clock.pass(500);
  t.is(it.questions.length, 1);
  t.is(it.reports.flat().length, 2);
  await it.end();
});

test('helper questions are asked while they are needed, and not after', async (t) => {
  const same = pods('10.1.0.1');
  const it = polling('web: {podPort: 80}', ({ name }, at) => {
    if (name.startsWith('web.')) return at > 5000 ? same : { kind: 'empty', reason: 'NXDOMAIN', ttl: 5, aliases: [] };
    return { kind: 'empty', reason: 'NODATA', ttl: 5, aliases: [] };
  });
  await it.clock.pass(7000);
  const before = it.questions.filter(({ key }) => key === 'A default.svc.cluster.local').length;
  t.true(before > 2);
  await it.clock.pass(5000);
  t.is(it.questions.filter(({ key }) => key === 'A default.svc.cluster.local').length, before);
  t.deepEqual(it.reports.map((all) => all.map(({ state }) => state)).slice(0, 2), [['empty'], ['found']]);
  await it.end();
});

test('failing questions back off, and all are asked at once when one of them is answered again', async (t) => {
  const same = pods('10.1.0.1');
  const listens = Array.from({ length: 20 }, (_, i) => `web${i}: {podPort: ${1000 + i}}`).join(', ');
  let up = false;
  const it = polling(listens, ({ name }, at) => {
    // One of them meets the recovered server a little before the others would.
    if (name.startsWith('web7.') && at > 60_000) up = true;
    return up ? same : down;
  });
  await it.clock.pass(60_000);
  const failing = it.questions.length;
  t.true(failing < 20 * 12, `${failing} questions in a minute of trouble`);
  await it.clock.pass(10_500);
  const first = Math.min(...it.questions.filter(({ at }) => at > 60_000).map(({ at }) => at));
  const states = new Map(it.reports.flat().map(({ listen, state }) => [listen.name, state]));
  t.true([...states.values()].every((state) => state === 'found'));
  t.true(it.questions.some(({ at, key }) => key.includes('web0.') && at >= first && at < first + 100));
  await it.end();
});

test('when answers begin to fail, the last good one is reported once more before', async (t) => {
  const same = pods('10.1.0.1');
  const it = polling('web: {podPort: 80}', (_, at) => (at < 5000 ? same : down));
  await it.clock.pass(7000);
  t.deepEqual(
    it.reports.map((all) => all.map(({ state }) => state)),
    [['found'], ['found', 'failed']],
  );
  await it.end();
});

test('the loop ends with its signal', async (t) => {
  const it = polling('web: {podPort: 80}', () => down);
  await it.clock.pass(100);
  it.stop.abort(new Error('enough'));
  await t.throwsAsync(it.over, { message: 'enough' });
});
