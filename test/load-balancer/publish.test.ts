import test from 'ava';
import type { ServiceEvent } from '../../src/load-balancer/cause.ts';
import type { Publication } from '../../src/load-balancer/publication.ts';
import { openPublisher } from '../../src/load-balancer/publish.ts';
import { readLoadBalancerService, type Service } from '../../src/load-balancer/service.ts';
import { address } from '../support/config-sample.ts';
import { openFakeApi } from '../support/fake-api.ts';
import { openFakeClock } from '../support/fake-clock.ts';

const signal = new AbortController().signal;
const path = (name: string) => `/api/v1/namespaces/default/services/${name}`;
const events = '/api/v1/namespaces/default/events';

/** A publisher, and an API with the named Services. */
function world(...names: readonly string[]) {
  const clock = openFakeClock(1_700_000_000_000);
  const api = openFakeApi();
  const control = { leader: true, ours: true };
  for (const name of names) {
    api.objects.set(path(name), {
      metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { type: 'LoadBalancer', ports: [{ port: 80, protocol: 'TCP' }], ipFamilies: ['IPv4'] },
    });
  }
  const publisher = openPublisher({
    clock,
    request: api.request,
    manager: 'podfront-test',
    instance: 'vm1',
    isLeader: () => control.leader,
    isOurs: () => control.ours,
  });
  const service = (name: string) => readLoadBalancerService(api.objects.get(path(name))) as Service;
  const writes = () => api.requests.filter((line) => line.startsWith('PATCH') && line.includes('/status'));
  const ingress = (name: string) =>
    (api.objects.get(path(name))?.status as { loadBalancer?: { ingress?: unknown } })?.loadBalancer?.ingress;
  const eventsNow = () => [...api.objects].filter(([key]) => key.startsWith(events)).map(([, object]) => object as unknown as ServiceEvent);
  return { clock, api, control, publisher, service, writes, ingress, eventsNow };
}

const served = (service: Service, text = '198.51.100.10', given: Partial<Publication> = {}): Publication => ({
  service,
  addresses: [{ address: address(text), ports: [80] }],
  events: [],
  ...given,
});
const failure: ServiceEvent = { type: 'Warning', reason: 'AllocationFailed', message: 'no address is free' };

test('a status has the address, that it is a proxy, and the ports; it is written once', async (t) => {
  const { publisher, service, writes, ingress } = world('web');
  await publisher.publish([served(service('web'))], signal);
  t.deepEqual(ingress('web'), [{ ip: '198.51.100.10', ipMode: 'Proxy', ports: [{ port: 80, protocol: 'TCP' }] }]);
  await publisher.publish([served(service('web'))], signal);
  t.deepEqual(writes(), [`PATCH ${path('web')}/status?fieldManager=podfront-test`]);
});

test('every status is written before the first Event', async (t) => {
  const names = Array.from({ length: 20 }, (_, i) => `web${i}`);
  const { api, publisher, service } = world(...names);
  await publisher.publish(
    names.map((name, i) => served(service(name), `198.51.100.${i + 1}`, { events: [failure] })),
    signal,
  );
  const requests = api.requests.filter((line) => !line.startsWith('GET'));
  t.true(requests.slice(0, 20).every((line) => line.includes('/status?')));
  t.true(requests.slice(20).every((line) => line.startsWith(`POST ${events}`)));
  t.is(requests.length, 60);
});

test('Events wait where there is something newer to publish, and are then published with it, once', async (t) => {
  const { publisher, service, writes, eventsNow } = world('web');
  await publisher.publish([served(service('web'), undefined, { events: [failure] })], signal, () => true);
  t.is(writes().length, 1);
  t.deepEqual(eventsNow(), []);
  for (let i = 0; i < 2; i++) await publisher.publish([served(service('web'), undefined, { events: [failure] })], signal);
  t.is(writes().length, 1);
  t.deepEqual(
    eventsNow().map(({ reason }) => reason),
    ['Allocated', 'AllocationFailed'],
  );
});

test('an older view of the Service, which does not show the write yet, causes no second one', async (t) => {
  const { publisher, service, writes } = world('web');
  const before = service('web');
  for (let i = 0; i < 5; i++) await publisher.publish([served(before)], signal);
  t.is(writes().length, 1);
});

test('a status in which a server dropped fields that it does not know is not written again', async (t) => {
  const { api, publisher, service, writes } = world('web');
  await publisher.publish([served(service('web'))], signal);
  const object = api.objects.get(path('web')) as Record<string, unknown>;
  api.objects.set(path('web'), {
    ...object,
    status: { loadBalancer: { ingress: [{ ip: '198.51.100.10', ports: [{ port: 80, protocol: 'TCP' }] }] } },
  });
  await publisher.publish([served(service('web'))], signal);
  t.is(writes().length, 1);
});

test('a conflict is tried again with the Service as it is then', async (t) => {
  const { publisher, service, writes, ingress } = world('web');
  const stale = { ...service('web'), resourceVersion: '0' };
  t.is((await publisher.publish([served(stale)], signal)).problem, null);
  t.is(writes().length, 2);
  t.truthy(ingress('web'));
});

test('after a conflict nothing is written to a Service that is not ours any more, is another one, or says so already', async (t) => {
  const { api, control, publisher, service, writes } = world('web');
  control.ours = false;
  await publisher.publish([served({ ...service('web'), resourceVersion: '0' })], signal);
  t.is(writes().length, 1);
  control.ours = true;
  await publisher.publish([served({ ...service('web'), resourceVersion: '0', uid: 'uid-before' })], signal);
  t.is(writes().length, 2);
  t.is((api.objects.get(path('web')) as { status?: unknown }).status, undefined);
});

test('a Service that is gone is no failure', async (t) => {
  const { api, publisher, service } = world('web');
  const gone = service('web');
  api.objects.clear();
  t.deepEqual(await publisher.publish([served(gone)], signal), { writes: 1, problem: null, retryAt: null });
});

test('an address that is taken away empties the status', async (t) => {
  const { publisher, service, ingress } = world('web');
  await publisher.publish([served(service('web'))], signal);
  await publisher.publish([{ service: service('web'), addresses: [], events: [] }], signal);
  t.is(ingress('web'), undefined);
});

test('who does not lead writes nothing, neither status nor Event', async (t) => {
  const { api, control, publisher, service } = world('web');
  control.leader = false;
  await publisher.publish([served(service('web'), undefined, { events: [failure] })], signal);
  t.deepEqual(api.requests, []);
});

test('who stops leading in the middle writes nothing more', async (t) => {
  const names = Array.from({ length: 50 }, (_, i) => `web${i}`);
  const { api, control, publisher, service, writes } = world(...names);
  api.fault = () => {
    if (writes().length === 10) control.leader = false;
    return null;
  };
  await publisher.publish(
    names.map((name) => served(service(name))),
    signal,
  );
  t.true(writes().length < 20, `${writes().length} writes`);
});

test('a status that another controller changes is written back at once, and from then on every 30 s at most', async (t) => {
  const { clock, api, publisher, service, writes } = world('web');
  const meddle = () => {
    const object = api.objects.get(path('web')) as { metadata: Record<string, unknown> };
    const version = `1${object.metadata.resourceVersion}`;
    api.objects.set(path('web'), { ...object, metadata: { ...object.metadata, resourceVersion: version }, status: {} });
  };
  await publisher.publish([served(service('web'))], signal);
  meddle();
  await publisher.publish([served(service('web'))], signal);
  t.is(writes().length, 2);
  meddle();
  const later = await publisher.publish([served(service('web'))], signal);
  t.is(writes().length, 2);
  t.is(later.retryAt, clock.now() + 30_000);
  await clock.advance(30_000);
  await publisher.publish([served(service('web'))], signal);
  t.is(writes().length, 3);
});

test('an Event is published once per cause, and again when the cause comes back', async (t) => {
  const { api, publisher, service, eventsNow } = world('web');
  const failing = () => publisher.publish([{ service: service('web'), addresses: null, events: [failure] }], signal);
  await failing();
  await failing();
  t.is(eventsNow().length, 1);
  t.like(eventsNow()[0], { ...failure, count: 1, involvedObject: { kind: 'Service', name: 'web', uid: 'uid-web' } });
  await publisher.publish([{ service: service('web'), addresses: null, events: [] }], signal);
  await failing();
  t.is(eventsNow().length, 1);
  t.is(api.requests.filter((line) => line.startsWith('PATCH')).length, 1);
});

test('another process, or this one after a restart, does not tell an Event again', async (t) => {
  const { clock, api, publisher, service, eventsNow } = world('web');
  const publication = () => ({ service: service('web'), addresses: null, events: [failure] });
  await publisher.publish([publication()], signal);
  const { request } = api;
  const other = openPublisher({ clock, request, manager: 'podfront-test', instance: 'vm2', isLeader: () => true, isOurs: () => true });
  await other.publish([publication()], signal);
  t.is(eventsNow().length, 1);
  t.deepEqual(
    api.requests.filter((line) => line.startsWith('PATCH')),
    [],
  );
});

test('missing permission stops the round, is reported, and is retried at growing intervals', async (t) => {
  const names = Array.from({ length: 100 }, (_, i) => `web${i}`);
  const { clock, api, publisher, service, writes } = world(...names);
  api.fault = () => ({ status: 403, body: { message: 'services is forbidden' } });
  const all = () =>
    publisher.publish(
      names.map((name) => served(service(name))),
      signal,
    );
  const first = await all();
  t.is(first.problem?.code, 'load-balancer.not-written');
  t.regex(first.problem?.message ?? '', /services is forbidden/);
  t.true(writes().length <= 8);
  t.is(first.retryAt, clock.now() + 1_000);
  t.is((await all()).retryAt, clock.now() + 2_000);
  for (let i = 0; i < 10; i++) await all();
  t.is((await all()).retryAt, clock.now() + 60_000);
  api.fault = null;
  t.is((await all()).problem, null);
});

test('one Service that cannot be written costs no other', async (t) => {
  const { api, publisher, service, ingress } = world('bad', 'good');
  api.fault = ({ path }) => (path.includes('/bad/') ? { status: 422, body: { message: 'invalid' } } : null);
  const { problem } = await publisher.publish([served(service('bad')), served(service('good'), '198.51.100.11')], signal);
  t.regex(problem?.message ?? '', /default\/bad: invalid/);
  t.truthy(ingress('good'));
});
