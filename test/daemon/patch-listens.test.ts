import test, { type ExecutionContext } from 'ava';
import type { Config } from '../../src/config/config.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen, observedEndpoints } from '../support/config-sample.ts';
import { startDaemon } from '../support/daemon-with-fakes.ts';

const web = listen({ name: 'web', records: 'endpoints' });
const setup = (balance: string): Config => {
  const base = config([{ ...web, balance }], { reload: { kind: 'master', socket: '/run/m.sock' }, stats: null });
  return { ...base, pace: { ...base.pace, poll: 10, settle: { min: 5_000, max: 5_000 }, drain: 60_000 } };
};
const refused = problem('runtime.refused', { server: 'web/b', what: 'add', reply: 'Frobnicated.' });

async function started(t: ExecutionContext) {
  let pods: readonly string[] = ['a 10.1.0.1'];
  const log: string[] = [];
  const daemon = startDaemon(t, {
    config: setup('leastconn'),
    observe: (of) => observedEndpoints(of, pods),
    log: (line) => log.push(line),
  });
  await daemon.clock.advance(100);
  const has = (line: string) => daemon.haproxy.current?.includes(line) ?? false;
  return {
    ...daemon,
    log,
    has,
    change: async (next: readonly string[], ms: number) => {
      pods = next;
      await daemon.clock.advance(ms);
    },
  };
}

test('pods do not wait for quiet, and the file follows within a second', async (t) => {
  const { change, has, haproxy } = await started(t);
  const reloads = haproxy.reloads();
  await change(['a 10.1.0.1', 'b 10.1.0.2'], 20);
  t.deepEqual(haproxy.servers('web'), ['a ready', 'b ready']);
  t.false(has('server b '));
  await change(['a 10.1.0.1', 'b 10.1.0.2'], 1_000);
  t.true(has('server b 10.1.0.2:443 check'));
  t.is(haproxy.reloads(), reloads);
});

test('while a reload has to wait, pods come and go, and the file that HAProxy runs has them', async (t) => {
  const { change, configure, clock, has, haproxy } = await started(t);
  configure(setup('roundrobin'));
  await clock.advance(6_000);
  const reloads = haproxy.reloads();
  configure(setup('first'));
  await clock.advance(6_000);
  configure(setup('random'));
  await clock.advance(100);
  await change(['b 10.1.0.2'], 20);
  t.deepEqual(haproxy.servers('web'), ['b ready']);
  await clock.advance(60_000);
  t.true(haproxy.reloads() > reloads);
  t.true(has('balance random'));
  t.true(has('server b '));
});

test('a server that keeps connections is looked at again, and closed after pace.drain', async (t) => {
  const { change, clock, haproxy, log } = await started(t);
  haproxy.connected.add('web/a');
  await change([], 20);
  t.deepEqual(haproxy.servers('web'), ['a maint']);
  await clock.advance(5_000);
  t.true(log.filter((line) => line === 'HAProxy: remove web/a').length >= 4, 'once a second');
  await clock.advance(53_000);
  t.deepEqual(haproxy.servers('web'), ['a maint'], 'for a minute, as the setting says');
  await clock.advance(4_000);
  t.deepEqual(haproxy.servers('web'), []);
});

test('what HAProxy refuses at run time is brought by a reload, and tried again after SIGHUP', async (t) => {
  const { change, clock, hangup, haproxy } = await started(t);
  await clock.advance(20_000);
  const reloads = haproxy.reloads();
  haproxy.failsPatches = { kind: 'unpatchable', listen: 'web', problem: refused };
  await change(['a 10.1.0.1', 'b 10.1.0.2'], 30_000);
  t.deepEqual(haproxy.servers('web'), ['a ready', 'b ready']);
  t.is(haproxy.reloads(), reloads + 1);
  haproxy.failsPatches = null;
  await change(['b 10.1.0.2'], 30_000);
  t.is(haproxy.reloads(), reloads + 2, 'not tried again');
  hangup();
  await clock.advance(30_000);
  await change(['b 10.1.0.2', 'c 10.1.0.3'], 20);
  t.deepEqual(haproxy.servers('web'), ['b ready', 'c ready']);
  t.is(haproxy.reloads(), reloads + 2);
});
