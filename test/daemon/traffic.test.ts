import test from 'ava';
import { type Traffic, type TrafficInput, trafficOf } from '../../src/daemon/traffic.ts';
import type { BackendHealth, Health } from '../../src/haproxy/process/watch-health.ts';
import type { ListenAllocation } from '../../src/haproxy/slots/allocate.ts';
import { problem } from '../../src/problem/problem.ts';
import { listen, observed } from '../support/config-sample.ts';

const web = listen({ name: 'web' });
const noPods = problem('dns.no-pods', { service: 'web.default.svc.cluster.local' });

const backend = (given: Partial<BackendHealth> = {}): BackendHealth => ({
  ...{ name: 'web', id: '2', up: 0, backupsUp: 0, sessions: 7, errors: 3, changedBefore: 60, outages: 1 },
  ...{ down: 0, draining: 0, maintenance: 0, unresolved: 0, lastCheck: null },
  ...given,
});
const known = (...backends: readonly BackendHealth[]): Health => ({
  kind: 'known',
  at: 100_000,
  backends: new Map(backends.map((one) => [one.name, one])),
});
const unknown: Health = { kind: 'unknown', why: 'there is no socket' };

const withPods = { observation: observed(web, ['10.1.0.1']), freshAt: 90_000, failing: null, emptySince: null, leftOut: [] };
const withoutPods = {
  ...withPods,
  observation: observed(web, [], { state: 'empty', warnings: [noPods] }),
  emptySince: 50_000,
};

const traffic = (given: Partial<TrafficInput>): readonly [Traffic['state'], string | null, number | null] => {
  const input = { listen: 'web', mayBeEmpty: false, known: withPods, allocation: undefined, haproxy: { absent: false, health: unknown } };
  const { state, outage } = trafficOf({ ...input, ...given });
  return [state, outage?.problem.code ?? null, outage?.since ?? null];
};
const says = (...backends: readonly BackendHealth[]) => ({ haproxy: { absent: false, health: known(...backends) } });

test('traffic flows while HAProxy has a server up, whatever DNS says', (t) => {
  t.deepEqual(traffic(says(backend({ up: 1, down: 19 }))), ['flows', null, null]);
  t.deepEqual(traffic({ known: withoutPods, ...says(backend({ up: 1, backupsUp: 1 })) }), ['flows', null, null]);
});

test('without a server up there is an outage, since HAProxy lost the last one', (t) => {
  t.deepEqual(traffic(says(backend({ down: 2 }))), ['none', 'haproxy.no-server-up', 40_000]);
  t.deepEqual(traffic({ mayBeEmpty: true, ...says(backend({ down: 2 })) }), ['none', 'haproxy.no-server-up', 40_000]);
  const { outage } = trafficOf({
    ...{ listen: 'web', mayBeEmpty: false, known: withPods, allocation: undefined },
    ...says(backend({ down: 2, maintenance: 1, unresolved: 17, lastCheck: 'pod1: L4CON: Connection refused' })),
  });
  t.is(
    outage?.problem.message,
    'HAProxy has no server that takes traffic: 2 down, 1 in maintenance, 17 without an address (pod1: L4CON: Connection refused)',
  );
});

test('without pods there is an outage since DNS showed none, unless the listen may be empty', (t) => {
  t.deepEqual(traffic({ known: withoutPods, ...says(backend({ unresolved: 20 })) }), ['none', 'dns.no-pods', 50_000]);
  t.deepEqual(traffic({ known: withoutPods, mayBeEmpty: true, ...says(backend({ unresolved: 20 })) }), ['none', null, null]);
});

test('without a socket health is not known, but a listen without pods and backup has no traffic', (t) => {
  t.deepEqual(traffic({}), ['unknown', null, null]);
  t.deepEqual(traffic({ known: withoutPods }), ['none', 'dns.no-pods', 50_000]);
  const allocation: ListenAllocation = {
    ...({ listen: web, records: 'headless', family: 4, pods: [], slots: null, nodes: [] } as const),
    service: { name: 'service', backup: true, target: { kind: 'name', name: 'vip', port: 80, seed: null } },
    madeFrom: { observation: observed(web), current: undefined, releaseSlots: false },
  };
  t.deepEqual(traffic({ known: withoutPods, allocation }), ['unknown', null, null]);
});

test('a HAProxy that does not run, or does not have the listen, serves nothing', (t) => {
  t.deepEqual(traffic({ haproxy: { absent: true, health: unknown } }), ['none', null, null]);
  t.deepEqual(traffic(says()), ['none', null, null]);
  t.deepEqual(traffic({ known: withoutPods, ...says() }), ['none', 'dns.no-pods', 50_000]);
});
