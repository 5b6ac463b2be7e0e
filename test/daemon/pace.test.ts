import test, { type ExecutionContext } from 'ava';
import type { DnsLookup } from '../../src/dns/message/question.ts';
import { address, config, listen, observed } from '../support/config-sample.ts';
import { startDaemon } from '../support/daemon-with-fakes.ts';

const second = 1000;
const hour = 3600 * second;

/** What a span of time cost. */
interface Cost {
  /** When HAProxy was reloaded and when the file was only written, in milliseconds since the start. */
  readonly reloads: readonly number[];
  readonly refreshes: readonly number[];
  /** The most pods that had no slot. */
  readonly overflow: number;
}

/** Runs the daemon on pods that come and go as `pods` says; cluster DNS truncates the answer of more than `truncatesAbove`. */
async function run(
  t: ExecutionContext,
  until: number,
  poll: number,
  pods: (now: number) => number,
  truncatesAbove = Number.POSITIVE_INFINITY,
): Promise<Cost> {
  const base = config([listen({ name: 'web' })], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } });
  const [reloads, refreshes]: [number[], number[]] = [[], []];
  let overflow = 0;
  const { clock } = startDaemon(t, {
    config: { ...base, pace: { ...base.pace, poll } },
    observe(web, now) {
      const count = pods(now);
      const addresses = Array.from({ length: count }, (_, i) => `10.1.${Math.floor(i / 250)}.${1 + (i % 250)}`);
      return observed(web, addresses, { evidence: { kind: 'dns', lookups: lookups(count, count > truncatesAbove) } });
    },
    report(notice) {
      if (notice.kind !== 'reconciled') return;
      const { outcome, desired } = notice.result;
      if (outcome?.kind === 'running') reloads.push(clock.now());
      if (outcome?.kind === 'refreshed') refreshes.push(clock.now());
      overflow = Math.max(overflow, desired.allocation[0]?.slots?.overflow ?? 0);
    },
  });
  await clock.advance(until);
  return { reloads, refreshes, overflow };
}

function lookups(answers: number, truncated: boolean): readonly DnsLookup[] {
  if (answers === 0) return [];
  const name = 'web.default.svc.cluster.local';
  const transport = truncated ? 'tcp' : 'udp';
  return [{ name, type: 'A', server: '', rcode: 'NOERROR', answers, ttl: 5, ms: 1, bytes: 60 + 16 * answers, transport, truncated }];
}

/** Numbers from 0 to 1, the same from the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The times that come less than `gap` after the one before. */
const hasty = (times: readonly number[], gap: number) => times.filter((at, i) => at - (times[i - 1] ?? Number.NEGATIVE_INFINITY) < gap);

for (const [pace, poll] of [
  ['in hours', 20 * second],
  ['in minutes', second],
] as const) {
  test(`growth from 1 to 1,000 pods ${pace} costs at most 10 reloads`, async (t) => {
    const cost = await run(t, 340 * poll, poll, (now) => Math.min(1000, 1 + 3 * Math.floor(now / poll)));
    // The first one is the start's.
    t.true(cost.reloads.length - 1 <= 10, `${cost.reloads.length - 1} reloads`);
    t.is(cost.overflow, 0);
    t.deepEqual(hasty(cost.reloads, 10 * second), []);
    t.deepEqual(hasty(cost.refreshes, 5 * second), []);
  });
}

for (const [seed, truncatesAbove] of [
  [1, Number.POSITIVE_INFINITY],
  [2, Number.POSITIVE_INFINITY],
  [3, 73],
] as const) {
  const how = truncatesAbove === 73 ? ', with answers truncated above 73 pods,' : '';
  test(`a day of random scaling between 1 and 100 pods${how} costs at most 8 reloads (seed ${seed})`, async (t) => {
    const random = numbers(seed);
    let [count, next] = [1, 0];
    const scaled = (now: number) => {
      if (now >= next) [count, next] = [1 + Math.floor(random() * 100), now + 60 * second + random() * 1200 * second];
      return count;
    };
    const cost = await run(t, 24 * hour, 20 * second, scaled, truncatesAbove);
    t.true(cost.reloads.length > 0 && cost.reloads.length <= 8, `${cost.reloads.length} reloads`);
    t.deepEqual(hasty(cost.refreshes, 5 * second), []);
  });
}

test('pods that change ten times a second become a disk write every five seconds and no reload', async (t) => {
  const cost = await run(t, 600 * second, 100, (now) => 5 + (Math.floor(now / 100) % 7));
  t.is(cost.reloads.length, 1);
  t.true(cost.refreshes.length >= 100 && cost.refreshes.length <= 120, `${cost.refreshes.length} refreshes`);
  t.deepEqual(hasty(cost.refreshes, 5 * second), []);
});

test('the first reload is immediate', async (t) => {
  t.deepEqual((await run(t, 60 * second, second, () => 3)).reloads, [0]);
});

test('slots that were hardly used for an hour are given back by one reload', async (t) => {
  const cost = await run(t, 4 * hour, 5 * second, (now) => (now < hour ? 200 : 3));
  t.is(cost.reloads.length, 2);
  t.true((cost.reloads[1] ?? 0) >= 2 * hour && (cost.reloads[1] ?? 0) < 2 * hour + 60 * second);
});

/** Runs the daemon on a service that is now of one kind and now of another. */
async function flap(t: ExecutionContext, until: number, every: number): Promise<readonly number[]> {
  const base = config([listen({ name: 'web', records: 'auto' })], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } });
  const reloads: number[] = [];
  const { clock } = startDaemon(t, {
    config: base,
    observe: (web, now) =>
      Math.floor(now / every) % 2 === 0
        ? observed(web, ['10.1.0.1'])
        : observed(web, [], { family: 6, state: 'found', endpoints: [{ address: address('fd00::1'), port: 443, details: null }] }),
    report(notice) {
      if (notice.kind === 'reconciled' && notice.result.outcome?.kind === 'running') reloads.push(clock.now());
    },
  });
  await clock.advance(until);
  return reloads;
}

test('a service that flaps between families faster than ten polls costs no reload', async (t) => {
  t.deepEqual(await flap(t, hour / 2, 4 * second), [0]);
});

test('one that flaps slowly costs ever fewer reloads', async (t) => {
  const reloads = await flap(t, 2 * hour, 30 * second);
  const gaps = reloads.slice(1).map((at, i) => at - (reloads[i] ?? 0));
  t.true(reloads.length >= 4 && reloads.length <= 20, `${reloads.length} reloads`);
  t.true((gaps.at(-1) ?? 0) >= 600 * second, `${gaps.join(' ')}`);
});

test('a change of kind that stays is acted on after ten polls', async (t) => {
  const reloads = await flap(t, hour / 2, 600 * second);
  t.is(reloads.length, 3);
  t.true((reloads[1] ?? 0) >= 610 * second && (reloads[1] ?? 0) <= 612 * second, `${reloads.join(' ')}`);
});
