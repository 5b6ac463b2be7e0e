import test from 'ava';
import type { Listen } from '../../src/config/config.ts';
import { listenBlocks } from '../../src/haproxy/file/sections.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { takenAddress } from '../support/fake-haproxy.ts';
import { openReconciler } from '../support/reconcile-with-fakes.ts';

const reload = { kind: 'pidfile', file: '/run/haproxy.pid' } as const;
const [web, api, shop] = ['web', 'api', 'shop'].map((name) => listen({ name })) as [Listen, Listen, Listen];
const both = config([web, api], { reload });
const pods = (of: Listen, count = 1) =>
  observed(
    of,
    Array.from({ length: count }, (_, i) => `10.1.0.${i + 1}`),
  );
const listensIn = (text: string | null) => [...listenBlocks(text ?? '').keys()];
const full = problem('apply.unwritable', { file: '/etc/haproxy/haproxy.cfg', why: 'no space left on the device' });

test('it writes the desired file and reloads HAProxy onto it, and then has nothing to do', async (t) => {
  const { haproxy, run } = openReconciler();
  const first = await run(both, [pods(web), pods(api)]);
  t.like(first, { outcome: { kind: 'running' }, problem: null, retryAt: null });
  t.is(haproxy.current, first.desired.text);
  const second = await run(both, [pods(web), pods(api)]);
  t.like(second, { outcome: null, plan: { kind: 'keep' }, problem: null });
  t.is(haproxy.reloads(), 1);
});

test('without HAProxy it writes the file, and the reload is owed until HAProxy runs it', async (t) => {
  const { haproxy, run } = openReconciler(false);
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'refreshed' }, plan: { kind: 'refresh' } });
  haproxy.start();
  t.like(await run(both, [pods(web), pods(api)]), { outcome: null, plan: { kind: 'keep' } });
  t.is(haproxy.reloads(), 0);
});

test('a listen without an answer is held back, and the others go on', async (t) => {
  const { haproxy, run } = openReconciler();
  const failing = new Map([['api', problem('dns.none-ready', { service: 'api' })]]);
  const result = await run(both, [pods(web)], { failing });
  t.deepEqual([...result.desired.heldBack.keys()], ['api']);
  t.deepEqual(listensIn(haproxy.current), ['web']);
});

test('listens that HAProxy refuses are held back one after the other, in one run with one reload', async (t) => {
  const { haproxy, run } = openReconciler();
  const bad = new Set(['web']);
  haproxy.refuses = (name) => {
    if (!bad.has(name)) return null;
    bad.add('shop');
    return 'ALERT: bad';
  };
  const all = config([web, api, shop], { reload });
  const result = await run(all, [pods(web), pods(api), pods(shop)]);
  t.like(result, { outcome: { kind: 'running' }, problem: null });
  t.deepEqual([...result.desired.heldBack.keys()], ['web', 'shop']);
  t.deepEqual(listensIn(haproxy.current), ['api']);
  t.is(haproxy.reloads(), 1);
});

test('a listen that was refused is not tried again before it changes', async (t) => {
  const { haproxy, run } = openReconciler();
  let asked = 0;
  haproxy.refuses = (name, block) => {
    asked++;
    return name === 'web' && block.includes('balance leastconn') ? 'ALERT: bad' : null;
  };
  await run(both, [pods(web), pods(api)]);
  const before = asked;
  await run(both, [pods(web, 3), pods(api)]);
  t.is(asked, before);
  const changed = config([{ ...web, balance: 'roundrobin' }, api], { reload });
  await run(changed, [observed({ ...web, balance: 'roundrobin' }, ['10.1.0.1']), pods(api)]);
  t.is((await run(changed, [observed({ ...web, balance: 'roundrobin' }, ['10.1.0.1']), pods(api)])).desired.heldBack.size, 0);
});

test('a file that HAProxy refuses without naming a listen is held, and the current one follows the pods', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  await run(both, [pods(web), pods(api)]);
  await clock.advance(60_000);
  const refusal = problem('haproxy.refused', { hint: 'x' });
  haproxy.refusesOthers = refusal;
  const changed = config([{ ...web, balance: 'roundrobin' }, api], { reload });
  t.like(await run(changed, [pods({ ...web, balance: 'roundrobin' }), pods(api)]), { outcome: { kind: 'refused' }, problem: refusal });
  haproxy.refusesOthers = null;
  const held = await run(changed, [pods({ ...web, balance: 'roundrobin' }, 3), pods(api)]);
  t.like(held, { plan: { kind: 'hold' }, outcome: { kind: 'refreshed' }, problem: refusal });
  t.true(haproxy.current?.includes('init-addr 10.1.0.3'));
  t.true(haproxy.current?.includes('balance leastconn'));
});

test('a listen whose address is taken is held back; it is looked at again after five seconds', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  haproxy.takenBy.set('api', takenAddress('api', both));
  const result = await run(both, [pods(web), pods(api)]);
  t.deepEqual([...result.desired.heldBack], [['api', takenAddress('api', both)]]);
  t.is(result.retryAt, clock.now() + 5_000);
  t.deepEqual(listensIn(haproxy.current), ['web']);
  haproxy.takenBy.clear();
  t.is((await run(both, [pods(web), pods(api)])).desired.heldBack.size, 1, 'the next reload is not due');
  await clock.advance(both.pace.reloadEvery);
  t.is((await run(both, [pods(web), pods(api)])).desired.heldBack.size, 0);
  t.deepEqual(listensIn(haproxy.current), ['web', 'api']);
});

test('an address that belongs to no listen holds the reload', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  const stats = takenAddress('web', both);
  haproxy.takenBy.set('', stats);
  t.like(await run(both, [pods(web), pods(api)]), { plan: { kind: 'hold' }, problem: stats, retryAt: clock.now() + 5_000 });
  t.is(haproxy.current, null);
  haproxy.takenBy.clear();
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'running' }, problem: null });
});

test('after a failed reload the listens that changed are held back, and the last good file is in place', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  await run(both, [pods(web), pods(api)]);
  const good = haproxy.current;
  await clock.advance(60_000);
  haproxy.failsNextReload = 'its master kept the old worker';
  const changed = config([{ ...web, balance: 'roundrobin' }, api], { reload });
  const failed = await run(changed, [pods({ ...web, balance: 'roundrobin' }), pods(api)]);
  t.like(failed, {
    outcome: { kind: 'failed' },
    problem: { code: 'reload.failed' },
    retryAt: clock.now(),
    state: { counts: { failed: 1 } },
  });
  t.is(haproxy.current, good);
  const next = await run(changed, [pods({ ...web, balance: 'roundrobin' }), pods(api)]);
  t.deepEqual([...next.desired.heldBack.keys()], ['web']);
  t.like(next, { plan: { kind: 'keep' }, problem: null });
});

test('what prevents a change is reported, and the change is tried again', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  haproxy.preventsNext = full;
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'prevented' }, problem: full, retryAt: clock.now() + 5_000 });
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'running' }, problem: null });
});

test('a HAProxy that is replaced before its file is touched is looked at once more', async (t) => {
  const { haproxy, run } = openReconciler();
  const { findProcess } = haproxy;
  let looks = 0;
  Object.assign(haproxy, {
    findProcess: (...args: Parameters<typeof findProcess>) => {
      if (looks++ === 0) haproxy.start();
      return findProcess(...args);
    },
  });
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'running' }, problem: null });
  t.is(looks, 2);
});

test('one that is replaced again and again ends the run, which is tried again later', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  Object.assign(haproxy, { findProcess: async () => ({ kind: 'running', master: 1, worker: { pid: 1, start: 1 }, counts: null }) });
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'replaced' }, problem: null, retryAt: clock.now() + 5_000 });
  t.is(haproxy.current, null);
});

test('files that HAProxy loads beside ours are checked when files were read again', async (t) => {
  const { haproxy, run } = openReconciler();
  const beside = config([web, api], { reload, with: ['/etc/haproxy/other.cfg'] });
  await run(beside, [pods(web), pods(api)]);
  haproxy.refusesOthers = problem('haproxy.refused', { hint: 'x' });
  t.like(await run(beside, [pods(web), pods(api)]), { plan: { kind: 'keep' } });
  t.like(await run(beside, [pods(web), pods(api)], { checkOtherFiles: true }), { plan: { kind: 'hold' }, problem: haproxy.refusesOthers });
});

test('under dry run nothing is touched', async (t) => {
  const { haproxy, run } = openReconciler();
  t.like(await run(both, [pods(web), pods(api)], { dryRun: true }), { plan: { kind: 'reload' }, outcome: null, problem: null });
  t.is(haproxy.current, null);
});

test('a refresh of the held file that is prevented is reported and tried again', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  await run(both, [pods(web), pods(api)]);
  await clock.advance(60_000);
  haproxy.takenBy.set('', takenAddress('web', both));
  haproxy.preventsNext = full;
  const changed = config([{ ...web, balance: 'roundrobin' }, api], { reload });
  const held = await run(changed, [pods({ ...web, balance: 'roundrobin' }, 2), pods(api)]);
  t.like(held, { plan: { kind: 'hold' }, outcome: null, problem: full, retryAt: clock.now() + 5_000 });
});

test('a check that is ended without a verdict is tried again later and later, and nothing is blamed', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  const ended = problem('haproxy.check-ended', { binary: 'haproxy', why: 'it was ended by SIGKILL' });
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    haproxy.preventsNext = ended;
    const result = await run(both, [pods(web), pods(api)]);
    t.like(result, { outcome: { kind: 'prevented' }, problem: ended, state: { refusedFiles: new Map(), refusedListens: new Map() } });
    const between = await run(both, [pods(web, 2), pods(api)]);
    t.like(between, { plan: { kind: 'hold' }, outcome: null, problem: ended, retryAt: result.retryAt });
    waits.push((result.retryAt ?? 0) - clock.now());
    await clock.advance(waits.at(-1) ?? 0);
  }
  t.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  haproxy.preventsNext = null;
  t.like(await run(both, [pods(web), pods(api)]), { outcome: { kind: 'running' }, problem: null, state: { endedCheck: null } });
});

test('while a listen that asked again and again has to wait, the file follows the pods of the others', async (t) => {
  const { haproxy, clock, run } = openReconciler();
  const flapped = (balance: string) => [{ ...web, balance }, api] as const;
  for (let i = 0; i < 6; i++) {
    const listens = flapped(i % 2 === 0 ? 'leastconn' : 'roundrobin');
    const result = await run(
      config(listens, { reload }),
      listens.map((one) => pods(one)),
    );
    await clock.advance(Math.max(10_000, (result.retryAt ?? 0) - clock.now()));
    await run(
      config(listens, { reload }),
      listens.map((one) => pods(one)),
    );
  }
  await clock.advance(5_000);
  const listens = flapped('source');
  const held = await run(config(listens, { reload }), [pods(listens[0]), pods(api, 3)]);
  t.like(held, { plan: { kind: 'keep' }, outcome: { kind: 'refreshed' }, problem: null });
  t.true((held.plan.kind === 'keep' ? (held.plan.retryAt ?? 0) : 0) > clock.now() + 10_000);
  t.true(haproxy.current?.includes('init-addr 10.1.0.3'));
  t.regex(held.plan.reasons[0] ?? '', /^listen web asked for reloads again and again/);
});
