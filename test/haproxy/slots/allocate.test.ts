import test from 'ava';
import fc from 'fast-check';
import { allocateServers, type ServerTarget, type SlotsByListen } from '../../../src/haproxy/slots/allocate.ts';
import type { Observation } from '../../../src/source/observation.ts';
import { address, config, listen, observed, podAddresses } from '../../support/config-sample.ts';

const seedOf = (target: ServerTarget) => (target.kind === 'name' ? (target.seed?.text ?? '') : '');

function assignments(observation: Observation, before: SlotsByListen = new Map(), shrink = false) {
  const [entry] = allocateServers(config([observation.listen]), [observation], before, shrink);
  return {
    slots: entry?.slots?.count,
    overflow: entry?.slots?.overflow,
    at: Object.fromEntries(entry?.pods.map(({ slot, target }) => [slot, seedOf(target)]) ?? []),
  };
}

function beforeWith(slots: number, at: Readonly<Record<number, string>>): SlotsByListen {
  return new Map([
    [
      'ingress',
      {
        count: slots,
        pods: new Map(Object.entries(at).map(([slot, text]) => [Number(slot), { address: text, port: 443 }])),
        names: new Map(),
      },
    ],
  ]);
}

test('new pods get slots in order of address, not of text', (t) => {
  t.deepEqual(assignments(observed(listen(), ['127.1.0.10', '127.1.0.9'])).at, { 1: '127.1.0.9', 2: '127.1.0.10' });
});

test('a pod keeps its slot when others come and go', (t) => {
  const before = beforeWith(20, { 1: '127.1.0.1', 2: '127.1.0.2', 3: '127.1.0.3' });
  t.deepEqual(assignments(observed(listen(), ['127.1.0.3', '127.1.0.9', '127.1.0.4', '127.1.0.2']), before).at, {
    1: '127.1.0.4',
    2: '127.1.0.2',
    3: '127.1.0.3',
    4: '127.1.0.9',
  });
});

test('slots are given back only when it is allowed, and never below a pod in a high slot', (t) => {
  const one = observed(listen(), ['127.1.0.1']);
  t.is(assignments(one, beforeWith(100, { 1: '127.1.0.1' })).slots, 100);
  t.is(assignments(one, beforeWith(100, { 1: '127.1.0.1' }), true).slots, 20);
  t.deepEqual(assignments(one, beforeWith(100, { 57: '127.1.0.1' }), true), { slots: 60, overflow: 0, at: { 57: '127.1.0.1' } });
});

test('with a fixed number, pods that had a slot keep it and the rest is counted as overflow', (t) => {
  const crowd = observed(listen({ maxExpectedPods: 2 }), ['127.1.0.1', '127.1.0.2', '127.1.0.3', '127.1.0.4']);
  t.deepEqual(assignments(crowd, beforeWith(2, { 2: '127.1.0.4' })), { slots: 2, overflow: 2, at: { 1: '127.1.0.1', 2: '127.1.0.4' } });
});

test('with a smaller fixed number than before, pods beyond it get another slot', (t) => {
  const crowd = observed(listen({ maxExpectedPods: 3 }), ['127.1.0.1', '127.1.0.2']);
  t.deepEqual(assignments(crowd, beforeWith(10, { 9: '127.1.0.1', 2: '127.1.0.2' })).at, { 1: '127.1.0.1', 2: '127.1.0.2' });
});

test('two SRV endpoints on one address are two pods with a slot each', (t) => {
  const srv = listen({ destination: { kind: 'pods', port: { name: 'http' } } });
  const both = observed(srv, ['127.1.0.1:8080', '127.1.0.1:8081'], {
    records: 'srv',
    resolution: { kind: 'name', name: '_http._tcp.ingress.default.svc.cluster.local' },
  });
  const before: SlotsByListen = new Map([
    ['ingress', { count: 20, pods: new Map([[5, { address: '127.1.0.1', port: 8080 }]]), names: new Map() }],
  ]);
  const [entry] = allocateServers(config([srv]), [both], before, false);
  t.deepEqual(
    entry?.pods.map(({ slot, target }) => [slot, target.port]),
    [
      [1, 8081],
      [5, 8080],
    ],
  );
  t.is(entry?.slots?.port, null);
});

test('a service port gives one server with the ClusterIP as seed, a fallback the same as backup', (t) => {
  const service = listen({ destination: { kind: 'service', port: 80 } });
  const clusterIp = { resolution: null, serviceAddresses: [address('127.0.0.7')], kind: 'service' as const, records: 'service' as const };
  const [plain] = allocateServers(config([service]), [observed(service, [], clusterIp)], new Map(), false);
  t.like(plain, { slots: null, service: { backup: false, target: { kind: 'name', port: 80, seed: { text: '127.0.0.7' } } } });
  const withFallback = listen({ fallbackServicePort: 8080 });
  const [backup] = allocateServers(config([withFallback]), [observed(withFallback, ['127.1.0.1'])], new Map(), false);
  t.like(backup, { slots: { count: 20 }, service: { backup: true, target: { kind: 'name', port: 8080, seed: null } } });
});

test('the backup of pods of the Kubernetes API is an address, also where it is another Service', (t) => {
  const other = listen({ records: 'endpoints', fallbackServicePort: 8443, fallbackServiceName: 'web-vip' });
  const seen = {
    records: 'endpoints' as const,
    resolution: { kind: 'address' as const },
    fallback: 'web-vip.default.svc.cluster.local',
    backup: { address: address('10.0.0.9'), port: 8443 },
  };
  const [entry] = allocateServers(config([other]), [observed(other, [], seen)], new Map(), false);
  t.like(entry?.service, { backup: true, target: { kind: 'address', port: 8443, address: { text: '10.0.0.9' } } });
});

test('a port on the nodes gives a server for each node', (t) => {
  const nodes = listen({ destination: { kind: 'nodes', port: 30443 } });
  const cluster = { nodes: [{ name: 'node1', address: address('192.0.2.11') }] };
  const [entry] = allocateServers(
    config([nodes], {}, cluster),
    [observed(nodes, [], { resolution: null, kind: 'nodes', records: 'nodes' })],
    new Map(),
    false,
  );
  t.like(entry, { slots: null, pods: [], service: null });
  t.deepEqual(
    entry?.nodes.map(({ name, target }) => [name, target.kind === 'address' ? target.address.text : null, target.port]),
    [['node1', '192.0.2.11', 30443]],
  );
});

test('pods whose addresses podfront keeps current have a server each, without slots', (t) => {
  const [entry] = allocateServers(
    config([listen()]),
    [observed(listen(), ['127.1.0.10', '127.1.0.9:8080'], { resolution: { kind: 'address' } })],
    new Map(),
    false,
  );
  t.is(entry?.slots, null);
  t.deepEqual(
    entry?.pods.map(({ name, slot, target }) => [name, slot, target.kind === 'address' ? target.address.text : null, target.port]),
    [
      ['pod1', null, '127.1.0.9', 8080],
      ['pod2', null, '127.1.0.10', 443],
    ],
  );
});

test('whatever comes and goes, no slot is given twice, no pod is lost and none moves', (t) => {
  const pool = podAddresses(120);
  fc.assert(
    fc.property(fc.array(fc.subarray([...pool]), { minLength: 1, maxLength: 8 }), (turns) => {
      let before: SlotsByListen = new Map();
      for (const pods of turns) {
        const { slots = 0, at } = assignments(observed(listen(), pods), before, pods.length % 2 === 0);
        const slotOf = new Map(Object.entries(at).map(([slot, text]) => [text, Number(slot)]));
        if (slotOf.size !== pods.length || Math.max(0, ...slotOf.values()) > slots) return false;
        for (const [slot, { address: was }] of before.get('ingress')?.pods ?? []) {
          if (slotOf.has(was) && slotOf.get(was) !== slot) return false;
        }
        before = beforeWith(slots, at);
      }
      return true;
    }),
  );
  t.pass();
});

test('pods whose addresses podfront keeps current have servers named after them, draining ones marked, and the ClusterIP as backup', (t) => {
  const details = { node: null, zone: null, ready: true, draining: false };
  const observation = observed(listen({ records: 'endpoints', fallbackServicePort: 'auto' }), [], {
    records: 'endpoints',
    state: 'found',
    resolution: { kind: 'address' },
    endpoints: [
      { address: address('10.1.0.2'), port: 443, details: { ...details, pod: 'web-b', ready: false, draining: true } },
      { address: address('10.1.0.1'), port: 443, details: { ...details, pod: 'web-a' } },
    ],
    backup: { address: address('10.0.0.7'), port: 8443 },
  });
  const [entry] = allocateServers(config([observation.listen]), [observation], new Map(), false);
  t.is(entry?.slots, null);
  t.deepEqual(
    entry?.pods.map(({ name, slot, draining }) => [name, slot, draining]),
    [
      ['web-a', null, false],
      ['web-b', null, true],
    ],
  );
  t.deepEqual(entry?.service, { name: 'service', target: { kind: 'address', address: address('10.0.0.7'), port: 8443 }, backup: true });
});

test('there is a slot for each SRV record of both families', (t) => {
  const pods = Array.from({ length: 18 }, (_, i) => `10.1.0.${i + 1}:8080`);
  const of = (maxExpectedPods: 'auto' | number) =>
    allocateServers(config([]), [observed(listen({ maxExpectedPods }), pods, { records: 'srv', otherFamily: 18 })], new Map(), false)[0]
      ?.slots;
  t.like(of('auto'), { count: 60, overflow: 0 });
  t.like(of(20), { count: 20, overflow: 16 });
});
