import test from 'ava';
import { openCandidate } from '../../src/load-balancer/lease.ts';
import { leaseName } from '../../src/load-balancer/lease-name.ts';
import { leaseTimes } from '../../src/load-balancer/lease-record.ts';
import { openFakeApi } from '../support/fake-api.ts';
import { openFakeClock } from '../support/fake-clock.ts';

const lease = { name: leaseName('podfront/haproxy'), namespace: 'kube-system' };
const path = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${lease.name}`;

/** Some VMs in one election; each may be cut off from the API or killed. */
function election(...names: readonly string[]) {
  const clock = openFakeClock(1_700_000_000_000);
  const api = openFakeApi();
  const cutOff = new Set<string>();
  const hanging = new Set<string>();
  const vms = new Map(
    names.map((identity) => {
      const stop = new AbortController();
      const candidate = openCandidate({
        clock,
        identity,
        lease,
        times: leaseTimes,
        async request(request, signal) {
          if (cutOff.has(identity)) throw new DOMException('no answer', 'TimeoutError');
          if (hanging.has(identity)) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          return api.request(request, signal);
        },
      });
      let changes = 0;
      const start = () =>
        candidate
          .run(() => {
            changes++;
          }, stop.signal)
          .catch(() => {});
      return [identity, { candidate, stop, start, changes: () => changes }] as const;
    }),
  );
  const vm = (name: string) => vms.get(name) as NonNullable<ReturnType<typeof vms.get>>;
  const leaders = () => [...vms].filter(([, { candidate }]) => candidate.isLeader()).map(([name]) => name);
  const spec = () => api.objects.get(path)?.spec as Record<string, unknown>;
  return { clock, api, cutOff, hanging, vm, leaders, spec };
}

test('the name of a lease is that of the class, without its slash', (t) => {
  t.is(leaseName('podfront/haproxy'), 'podfront-podfront-haproxy');
  t.is(leaseName('internal'), 'podfront-internal');
});

test('the first creates the Lease, with the fields that client-go writes', async (t) => {
  const { clock, vm, leaders, spec } = election('vm1');
  vm('vm1').start();
  await clock.advance(0);
  t.deepEqual(leaders(), ['vm1']);
  t.deepEqual(spec(), {
    holderIdentity: 'vm1',
    leaseDurationSeconds: 10,
    acquireTime: '2023-11-14T22:13:20.000000Z',
    renewTime: '2023-11-14T22:13:20.000000Z',
    leaseTransitions: 0,
  });
  await clock.advance(leaseTimes.retryPeriod);
  t.is(spec().renewTime, '2023-11-14T22:13:22.000000Z');
  t.is(spec().acquireTime, '2023-11-14T22:13:20.000000Z');
});

test('there is one leader for days, and each of the others has a place of its own', async (t) => {
  const { clock, vm, leaders } = election('vm1', 'vm2', 'vm3');
  for (const name of ['vm1', 'vm2', 'vm3']) vm(name).start();
  await clock.advance(10_000);
  t.deepEqual(leaders(), ['vm1']);
  t.deepEqual(['vm1', 'vm2', 'vm3'].map((name) => vm(name).candidate.election().place).sort(), [0, 1, 2]);
  const changes = vm('vm2').changes();
  await clock.advance(600_000);
  t.deepEqual(leaders(), ['vm1']);
  t.is(vm('vm2').changes(), changes);
});

test('a leader that is killed is replaced within 15 s, and nobody leads twice meanwhile', async (t) => {
  const { clock, cutOff, vm, leaders, spec } = election('vm1', 'vm2');
  vm('vm1').start();
  await clock.advance(1);
  vm('vm2').start();
  await clock.advance(20_001);
  cutOff.add('vm1');
  for (let ms = 0; leaders()[0] !== 'vm2'; ms += 100) {
    t.true(ms < 15_000, 'nobody took over');
    t.true(leaders().length <= 1);
    await clock.advance(100);
  }
  t.is(spec().leaseTransitions, 1);
  t.is(vm('vm2').candidate.election().place, 0);
});

test('a leader that is cut off stops writing before another may begin, and follows when it is back', async (t) => {
  const { clock, cutOff, vm, leaders } = election('vm1', 'vm2');
  vm('vm1').start();
  await clock.advance(10);
  vm('vm2').start();
  await clock.advance(10_000);
  cutOff.add('vm1');
  await clock.advance(leaseTimes.renewDeadline + leaseTimes.retryPeriod);
  t.false(vm('vm1').candidate.isLeader());
  t.is(vm('vm1').candidate.election().problem?.code, 'load-balancer.lease');
  await clock.advance(10_000);
  t.deepEqual(leaders(), ['vm2']);
  cutOff.clear();
  await clock.advance(2 * leaseTimes.retryPeriod);
  t.deepEqual(leaders(), ['vm2']);
  t.deepEqual(vm('vm1').candidate.election(), { holder: 'vm2', place: 1, problem: null });
});

test('a leader whose renewal fails once goes on', async (t) => {
  const { clock, cutOff, vm, leaders } = election('vm1', 'vm2');
  vm('vm1').start();
  await clock.advance(10);
  vm('vm2').start();
  await clock.advance(5_000);
  cutOff.add('vm1');
  await clock.advance(leaseTimes.retryPeriod);
  cutOff.clear();
  for (let i = 0; i < 20; i++) {
    await clock.advance(1_000);
    t.deepEqual(leaders(), ['vm1']);
  }
});

test('a leader that ends in peace lets go, and the next one need not wait for the end of the lease', async (t) => {
  const { clock, vm, leaders, spec } = election('vm1', 'vm2');
  vm('vm1').start();
  await clock.advance(10);
  vm('vm2').start();
  await clock.advance(5_000);
  vm('vm1').stop.abort();
  await clock.settle();
  t.is(spec().holderIdentity, '');
  await clock.advance(leaseTimes.retryPeriod);
  t.deepEqual(leaders(), ['vm2']);
});

test('a leader lets go although another one has just written to the Lease', async (t) => {
  const { clock, api, vm, spec } = election('vm1');
  vm('vm1').start();
  await clock.advance(5_000);
  const object = api.objects.get(path) as { metadata: Record<string, unknown> };
  const annotations = { 'podfront/members': 'vm1,vm2' };
  api.objects.set(path, { ...object, metadata: { ...object.metadata, annotations, resourceVersion: '9000' } });
  vm('vm1').stop.abort();
  await clock.settle();
  t.is(spec().holderIdentity, '');
});

test('a renewal that meets a conflict reads the Lease, and gives up only where another process holds it', async (t) => {
  const { clock, api, vm, leaders } = election('vm1');
  vm('vm1').start();
  await clock.advance(5_000);
  const object = api.objects.get(path) as { metadata: Record<string, unknown>; spec: Record<string, unknown> };
  api.objects.set(path, { ...object, metadata: { ...object.metadata, resourceVersion: '9000' } });
  await clock.advance(2 * leaseTimes.retryPeriod);
  t.deepEqual(leaders(), ['vm1']);
  const now = api.objects.get(path) as { metadata: Record<string, unknown>; spec: Record<string, unknown> };
  api.objects.set(path, { metadata: { ...now.metadata, resourceVersion: '9999' }, spec: { ...now.spec, holderIdentity: 'other' } });
  await clock.advance(leaseTimes.retryPeriod);
  t.deepEqual(leaders(), []);
});

test('without permission there is no leader, and the reason is the one the server gives', async (t) => {
  const { clock, api, vm, leaders } = election('vm1');
  api.fault = () => ({ status: 403, body: { message: 'leases is forbidden' } });
  vm('vm1').start();
  await clock.advance(10_000);
  t.deepEqual(leaders(), []);
  t.is(vm('vm1').candidate.election().problem?.message, 'cannot get the Lease kube-system/podfront-podfront-haproxy: leases is forbidden');
});
