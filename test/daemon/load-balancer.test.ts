import test, { type ExecutionContext } from 'ava';
import type { Config, LoadBalancerConfig } from '../../src/config/config.ts';
import type { DaemonOptions } from '../../src/daemon/daemon.ts';
import type { Notice } from '../../src/daemon/notice.ts';
import { bindsIn, listenBlocks } from '../../src/haproxy/file/sections.ts';
import { parseRange } from '../../src/ip/range.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { startDaemon } from '../support/daemon-with-fakes.ts';
import { openFakeApi } from '../support/fake-api.ts';
import { type FakeClock, openFakeClock } from '../support/fake-clock.ts';
import { fakeLoadBalancer } from '../support/fake-load-balancer.ts';

const loadBalancer: LoadBalancerConfig = {
  class: 'podfront/haproxy',
  default: false,
  addresses: ['198.51.100.10', '198.51.100.11'].flatMap((text) => parseRange(text) ?? []),
  namespaces: [],
  leaseNamespace: 'kube-system',
};
const own = listen({ name: 'own' });
const frontend: Config = { ...config([own], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } }), loadBalancer };

/** A cluster, and any number of VMs of one class in front of it, on one clock. */
function cluster(t: ExecutionContext) {
  const clock: FakeClock = openFakeClock(1_700_000_000_000);
  const api = openFakeApi();
  let created = 0;
  const path = (name: string) => `/api/v1/namespaces/default/services/${name}`;
  const put = (name: string, spec: Record<string, unknown> = {}, annotations: Record<string, string> = {}) => {
    const before = api.objects.get(path(name)) as { metadata: Record<string, unknown>; status?: unknown } | undefined;
    const creationTimestamp = new Date(clock.now()).toISOString();
    const uid = before?.metadata.uid ?? `uid-${++created}`;
    api.objects.set(path(name), {
      ...before,
      metadata: { creationTimestamp, ...before?.metadata, name, namespace: 'default', uid, annotations, resourceVersion: `s${++created}` },
      spec: { type: 'LoadBalancer', loadBalancerClass: 'podfront/haproxy', ports: [{ port: 80 }], ipFamilies: ['IPv4'], ...spec },
    });
  };
  const remove = (name: string) => api.objects.delete(path(name));
  const address = (name: string) => {
    const status = api.objects.get(path(name))?.status as { loadBalancer?: { ingress?: readonly { ip: string }[] } } | undefined;
    return status?.loadBalancer?.ingress?.map(({ ip }) => ip).join() ?? null;
  };
  const events = () =>
    [...api.objects].filter(([key]) => key.includes('/events/')).map(([, object]) => `${object.reason}: ${object.message}`);
  const vm = (identity: string, given: Config = frontend, running = true, options: Partial<DaemonOptions> = {}) => {
    const notices: Notice[] = [];
    const unreachable = { value: false };
    const seen = { ...api, request: api.request } as typeof api;
    Object.defineProperty(seen, 'fault', { get: () => (unreachable.value ? () => new Error('cut off') : api.fault) });
    const cut = Object.assign(seen, {
      request: (async (request, signal) => {
        if (unreachable.value) throw problem('load-balancer.lease', { verb: 'get', lease: 'x', why: 'cut off' });
        return api.request(request, signal);
      }) satisfies typeof api.request,
    });
    const daemon = startDaemon(
      t,
      {
        config: given,
        observe: (of) => observed(of, ['127.1.0.1'], { resolution: { kind: 'address' }, records: 'endpoints' }),
        report: (notice) => {
          notices.push(notice);
        },
        loadBalancer: fakeLoadBalancer(given, cut, clock, identity),
        running,
        options,
      },
      () => clock,
    );
    const binds = () =>
      Object.fromEntries([...listenBlocks(daemon.haproxy.current ?? '')].map(([name, block]) => [name, bindsIn(block).join(' ')]));
    return { ...daemon, binds, unreachable, notices };
  };
  return { clock, api, put, remove, address, events, vm };
}

test('a single cycle serves the Services that there are, and leaves what is written to the daemon', async (t) => {
  const { clock, api, put, vm } = cluster(t);
  put('web');
  const { ended, binds } = vm('vm1', frontend, true, { once: true });
  await clock.advance(10_000);
  t.truthy(await ended);
  t.is(binds().default_web_80, '198.51.100.10:80');
  t.deepEqual(
    api.requests.filter((line) => !line.startsWith('GET')),
    [],
  );
});

test('a dry run reports what it would do for a Service, and touches neither HAProxy nor the API', async (t) => {
  const { clock, api, put, vm } = cluster(t);
  const { haproxy, notices } = vm('vm1', frontend, true, { dryRun: true });
  await clock.advance(10_000);
  const before = haproxy.current;
  put('web');
  await clock.advance(2_000);
  const last = notices.findLast((notice) => notice.kind === 'reconciled');
  t.true(last?.kind === 'reconciled' && listenBlocks(last.result.desired.text).has('default_web_80'));
  t.is(haproxy.current, before);
  t.deepEqual(
    api.requests.filter((line) => !line.startsWith('GET')),
    [],
  );
});

test('a Service is pending, then it is served, and only then its address is written', async (t) => {
  const { clock, api, put, address, vm } = cluster(t);
  const { haproxy, binds } = vm('vm1');
  await clock.advance(2_000);
  t.deepEqual(Object.keys(binds()), ['own']);
  const reloads = haproxy.reloads();
  await clock.advance(20_000);
  put('web');
  let servedFirst = true;
  api.fault = ({ method }) => {
    if (method === 'PATCH' && binds().default_web_80 === undefined) servedFirst = false;
    return null;
  };
  await clock.advance(500);
  t.is(address('web'), '198.51.100.10');
  t.is(binds().default_web_80, '198.51.100.10:80');
  t.true(servedFirst);
  t.is(haproxy.reloads(), reloads + 1);
});

test('each change is one write, and nothing is written while nothing changes', async (t) => {
  const { clock, api, put, vm } = cluster(t);
  vm('vm1');
  await clock.advance(2_000);
  put('web');
  await clock.advance(60_000);
  const writes = () => api.requests.filter((line) => line.startsWith('PATCH')).length;
  t.is(writes(), 1);
  await clock.advance(600_000);
  t.is(writes(), 1);
  put('web', {
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 443 },
    ],
  });
  await clock.advance(60_000);
  t.is(writes(), 2);
});

test('where podfront.yaml names another class or other namespaces, what they leave behind has no address any more', async (t) => {
  for (const change of [{ class: 'podfront/other' }, { namespaces: ['elsewhere'] }]) {
    const { clock, put, address, vm } = cluster(t);
    const { configure, binds } = vm('vm1');
    put('web');
    await clock.advance(5_000);
    t.is(address('web'), '198.51.100.10');
    configure({ ...frontend, loadBalancer: { ...loadBalancer, ...change } });
    await clock.advance(20_000);
    t.falsy(address('web'), JSON.stringify(change));
    t.is(binds().default_web_80, undefined);
  }
});

test('a VM that does not lead leaves the addresses where they are when its configuration changes', async (t) => {
  const { clock, put, address, vm } = cluster(t);
  vm('vm1');
  await clock.advance(5_000);
  const { configure } = vm('vm2');
  put('web');
  await clock.advance(5_000);
  configure({ ...frontend, loadBalancer: { ...loadBalancer, class: 'podfront/other' } });
  await clock.advance(20_000);
  t.is(address('web'), '198.51.100.10');
});

test('a Service that is no longer ours loses its listen and its address; one of another class is not touched', async (t) => {
  const { clock, api, put, remove, address, events, vm } = cluster(t);
  const { binds } = vm('vm1');
  put('web');
  put('other', { loadBalancerClass: 'metallb/bgp' });
  await clock.advance(30_000);
  t.is(address('web'), '198.51.100.10');
  const object = api.objects.get('/api/v1/namespaces/default/services/web') as { metadata: Record<string, unknown> };
  const managedFields = [{ manager: 'podfront-podfront-haproxy', fieldsV1: { 'f:status': { 'f:loadBalancer': { 'f:ingress': {} } } } }];
  api.objects.set('/api/v1/namespaces/default/services/web', { ...object, metadata: { ...object.metadata, managedFields } });
  put('web', { type: 'ClusterIP', loadBalancerClass: undefined });
  const changed = api.objects.get('/api/v1/namespaces/default/services/web') as { metadata: Record<string, unknown> };
  api.objects.set('/api/v1/namespaces/default/services/web', { ...changed, metadata: { ...changed.metadata, managedFields } });
  await clock.advance(30_000);
  t.is(address('web'), null);
  t.deepEqual(Object.keys(binds()), ['own']);
  put('web');
  await clock.advance(30_000);
  t.is(address('web'), '198.51.100.10');
  remove('web');
  await clock.advance(30_000);
  t.deepEqual(Object.keys(binds()), ['own']);
  t.deepEqual(
    api.requests.filter((line) => line.includes('/other')),
    [],
  );
  t.deepEqual(events(), ['Allocated: served on 198.51.100.10']);
});

test('an address that this VM does not own is an Event and no failed reload, and the others are served', async (t) => {
  const { clock, put, address, events, vm } = cluster(t);
  const { haproxy, binds } = vm('vm1');
  await clock.advance(2_000);
  haproxy.takenBy.set(
    'default_web_80',
    problem('bind.not-owned', { bind: '198.51.100.10:80', owner: 'listen default_web_80', address: '198.51.100.10' }),
  );
  put('web');
  put('good', { ports: [{ port: 8080 }] });
  await clock.advance(30_000);
  t.is(address('web'), null);
  t.is(address('good'), '198.51.100.10');
  t.is(binds().default_web_80, undefined);
  t.is(events().filter((line) => line.startsWith('AllocationFailed: port 80 is not served: ')).length, 1);
  haproxy.takenBy.clear();
  await clock.advance(30_000);
  t.is(address('web'), '198.51.100.10');
});

test('a restart reads the addresses back, and reloads nothing', async (t) => {
  const { clock, api, put, address, vm } = cluster(t);
  const first = vm('vm1');
  put('b', { loadBalancerIP: '198.51.100.11' });
  put('a', { ports: [{ port: 80 }] });
  await clock.advance(30_000);
  t.deepEqual([address('a'), address('b')], ['198.51.100.10', '198.51.100.11']);
  // Without its wish, it would get another address now, were it not for its status.
  put('b');
  await first.end();
  const file = first.haproxy.current;
  const second = vm('vm1 again', frontend, false);
  second.haproxy.current = file;
  second.haproxy.start();
  const writes = api.requests.filter((line) => line.startsWith('PATCH')).length;
  await clock.advance(60_000);
  t.is(second.haproxy.current, file);
  t.is(second.haproxy.reloads(), 0);
  t.deepEqual([address('a'), address('b')], ['198.51.100.10', '198.51.100.11']);
  t.is(api.requests.filter((line) => line.startsWith('PATCH')).length, writes);
});

test('a daemon that starts while the API is not reached takes no Service away', async (t) => {
  const { clock, api, put, vm } = cluster(t);
  const first = vm('vm1');
  put('web');
  await clock.advance(30_000);
  await first.end();
  api.fault = () => new DOMException('nobody answers', 'TimeoutError');
  const second = vm('vm1 again', { ...frontend, listens: [own, listen({ name: 'added' })] }, false);
  second.haproxy.current = first.haproxy.current;
  second.haproxy.start();
  await clock.advance(60_000);
  t.deepEqual(Object.keys(second.binds()), ['own', 'added', 'default_web_80']);
  t.is(second.binds().default_web_80, '198.51.100.10:80');
  api.fault = null;
  await clock.advance(60_000);
  t.deepEqual(Object.keys(second.binds()), ['own', 'added', 'default_web_80']);
});

test('two VMs serve, one writes, and they do not reload at the same moment', async (t) => {
  const { clock, api, put, address, vm } = cluster(t);
  const vms = [vm('vm1'), vm('vm2')];
  await clock.advance(30_000);
  const before = vms.map(({ haproxy }) => haproxy.reloads());
  put('web');
  const reloadedAt: number[] = [];
  for (let ms = 0; ms < 5_000; ms += 50) {
    await clock.advance(50);
    vms.forEach(({ haproxy }, i) => {
      if (haproxy.reloads() > (before[i] ?? 0)) reloadedAt[i] ??= ms;
    });
  }
  t.is(address('web'), '198.51.100.10');
  for (const { binds } of vms) t.is(binds().default_web_80, '198.51.100.10:80');
  t.true(Math.abs((reloadedAt[0] ?? 0) - (reloadedAt[1] ?? 0)) >= 900, reloadedAt.join());
  t.is(api.requests.filter((line) => line.startsWith('PATCH')).length, 1);
});

test('when the writer dies another writes within 15 s, and what is served stays', async (t) => {
  const { clock, put, address, vm } = cluster(t);
  const leader = vm('vm1');
  await clock.advance(1_000);
  const other = vm('vm2');
  put('web');
  await clock.advance(30_000);
  leader.unreachable.value = true;
  put('late', { ports: [{ port: 8080 }] });
  await clock.advance(15_000);
  t.is(address('late'), '198.51.100.10');
  t.is(other.binds().default_late_8080, '198.51.100.10:8080');
  t.is(leader.binds().default_web_80, '198.51.100.10:80');
  t.is(leader.binds().default_late_8080, undefined);
  leader.unreachable.value = false;
  await clock.advance(20_000);
  t.is(leader.binds().default_late_8080, '198.51.100.10:8080');
});

test('a pool that shrinks takes no address away, and tells so', async (t) => {
  const { clock, put, address, events, vm, api } = cluster(t);
  const one = vm('vm1');
  put('web', { loadBalancerIP: '198.51.100.11' });
  await clock.advance(30_000);
  const path = '/api/v1/namespaces/default/services/web';
  const object = api.objects.get(path) as { metadata: Record<string, unknown> };
  const managedFields = [{ manager: 'podfront-podfront-haproxy', fieldsV1: { 'f:status': { 'f:loadBalancer': { 'f:ingress': {} } } } }];
  api.objects.set(path, { ...object, metadata: { ...object.metadata, managedFields, resourceVersion: '777' } });
  one.configure({ ...frontend, loadBalancer: { ...loadBalancer, addresses: loadBalancer.addresses.slice(0, 1) } });
  await clock.advance(30_000);
  t.is(one.binds().default_web_80, '198.51.100.11:80');
  t.is(address('web'), '198.51.100.11');
  t.true(events().some((line) => /198\.51\.100\.11 is not in loadBalancer\.addresses any more/.test(line)));
});

test('a bad annotation costs its Service alone', async (t) => {
  const { clock, put, address, events, vm } = cluster(t);
  const { binds } = vm('vm1');
  put('bad', {}, { 'podfront/mode': 'quic' });
  put('good', { ports: [{ port: 8080 }] });
  await clock.advance(30_000);
  t.is(address('bad'), null);
  t.is(address('good'), '198.51.100.10');
  t.deepEqual(Object.keys(binds()), ['own', 'default_good_8080']);
  t.true(events().some((line) => line.startsWith('Unsupported: annotation podfront/mode: expected tcp or http')));
});

test('Services that are created one after the other for seconds are all served within 15 s', async (t) => {
  const { clock, put, address, vm } = cluster(t);
  const pool = ['198.18.0.0/20'].flatMap((text) => parseRange(text) ?? []);
  const slowly = { ...frontend, pace: { ...frontend.pace, settle: { min: 200, max: 5_000 }, reloadEvery: 10_000 } };
  const { haproxy } = vm('vm1', { ...slowly, loadBalancer: { ...loadBalancer, addresses: pool } });
  await clock.advance(20_000);
  const reloads = haproxy.reloads();
  const names = Array.from({ length: 60 }, (_, i) => `web${i}`);
  for (const name of names) {
    put(name);
    await clock.advance(150);
  }
  await clock.advance(15_000 - 60 * 150);
  t.is(names.filter((name) => address(name) === null).length, 0);
  t.true(haproxy.reloads() - reloads <= 3);
});

test('a thousand Services at once are served after three reloads at most', async (t) => {
  const { clock, put, address, vm } = cluster(t);
  const pool = ['198.18.0.0/20'].flatMap((text) => parseRange(text) ?? []);
  const { haproxy } = vm('vm1', { ...frontend, loadBalancer: { ...loadBalancer, addresses: pool } });
  await clock.advance(20_000);
  const reloads = haproxy.reloads();
  const names = Array.from({ length: 1_000 }, (_, i) => `web${i}`);
  for (const [i, name] of names.entries()) {
    put(name);
    if (i % 100 === 0) await clock.advance(100);
  }
  await clock.advance(15_000);
  t.is(names.filter((name) => address(name) === null).length, 0);
  t.is(new Set(names.map(address)).size, 1_000);
  t.true(haproxy.reloads() - reloads <= 3);
});
