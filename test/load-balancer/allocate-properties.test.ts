import test from 'ava';
import fc from 'fast-check';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { inRange, parseRange } from '../../src/ip/range.ts';
import { allocateAddresses, type ServiceAllocation } from '../../src/load-balancer/allocate.ts';
import type { AllocatedAddress, Service } from '../../src/load-balancer/service.ts';
import { address } from '../support/config-sample.ts';
import { service, tcp } from '../support/service-sample.ts';

const pools = ['198.51.100.1-198.51.100.3', '198.51.100.8/30', '2001:db8::/126'].flatMap((text) => parseRange(text) ?? []);
const reserved = [
  { bind: parseBind('198.51.100.1:1'), owner: 'listen one' },
  { bind: parseBind('*:5'), owner: 'listen two' },
  { bind: parseBind('198.51.100.2:2-3'), owner: 'listen three' },
];
const some = ['198.51.100.1', '198.51.100.2', '198.51.100.9', '203.0.113.1', '2001:db8::1', '2001:db8::99'] as const;

const spec = fc.record({
  ports: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
  families: fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6], [6, 4]),
  familyPolicy: fc.constantFrom<Service['familyPolicy']>('SingleStack', 'PreferDualStack', 'RequireDualStack'),
  createdAt: fc.integer({ min: 0, max: 3 }),
  asks: fc.option(fc.uniqueArray(fc.constantFrom(...some), { minLength: 1, maxLength: 2 })),
  given: fc.uniqueArray(fc.constantFrom(...some), { maxLength: 2 }),
});

const world = fc.array(spec, { maxLength: 14 }).map((specs) => {
  const services = specs.map(({ ports, asks, given: _, ...rest }, i) =>
    service(`s${i}`, { ...rest, ports: tcp(...ports), annotations: new Map(asks === null ? [] : [['addresses', asks.join(',')]]) }),
  );
  const given = new Map(
    services.map((one, i) => [
      one.uid,
      (specs[i]?.given ?? []).map((text): AllocatedAddress => ({ address: address(text), ports: one.ports.map(({ port }) => port) })),
    ]),
  );
  return { services, given };
});

const run = (services: readonly Service[], given: ReadonlyMap<string, readonly AllocatedAddress[]>) =>
  allocateAddresses({ services, pools, reserved, given });
const placesOf = ({ addresses }: ServiceAllocation) =>
  addresses.flatMap(({ address, ports }) => ports.map((port) => `${address.text} ${port}`));
const resultOf = (allocations: readonly ServiceAllocation[]) => new Map(allocations.map((one) => [one.service.uid, one.addresses]));

test('no two Services have one address and port, and none has one of podfront.yaml', (t) => {
  fc.assert(
    fc.property(world, ({ services, given }) => {
      const places = run(services, given).flatMap(placesOf);
      t.is(new Set(places).size, places.length);
      t.false(places.some((place) => ['198.51.100.1 1', '198.51.100.2 2', '198.51.100.2 3'].includes(place) || /^[\d.]+ 5$/.test(place)));
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('no address is outside the pools, but for those that a Service had before', (t) => {
  fc.assert(
    fc.property(world, ({ services, given }) => {
      for (const { service: of, addresses } of run(services, given)) {
        const had = new Set(given.get(of.uid)?.map(({ address }) => address.text));
        for (const { address } of addresses) t.true(had.has(address.text) || pools.some((range) => inRange(range, address)), address.text);
      }
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('the same input gives the same allocation, in whatever order it comes', (t) => {
  fc.assert(
    fc.property(world, ({ services, given }) => {
      const there = run(services, given);
      t.deepEqual(run([...services].reverse(), new Map([...given].reverse())), there);
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test('what was allocated is the allocation of the next run: nobody moves by itself', (t) => {
  fc.assert(
    fc.property(world, ({ services, given }) => {
      const first = resultOf(run(services, given));
      t.deepEqual(resultOf(run(services, first)), first);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('adding a Service moves nobody, however old it is and whatever it asks for', (t) => {
  fc.assert(
    fc.property(world, spec, ({ services, given }, { ports, asks, given: _, ...rest }) => {
      const before = resultOf(run(services, given));
      const added = service('added', {
        ...rest,
        ports: tcp(...ports),
        annotations: new Map(asks === null ? [] : [['addresses', asks.join(',')]]),
      });
      const after = resultOf(run([...services, added], before));
      for (const [uid, addresses] of before) t.deepEqual(after.get(uid), addresses);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('RequireDualStack is both families or what the Service had before', (t) => {
  fc.assert(
    fc.property(world, ({ services, given }) => {
      for (const { service: of, addresses } of run(services, given)) {
        if (of.familyPolicy !== 'RequireDualStack' || (given.get(of.uid)?.length ?? 0) > 0) continue;
        const families = new Set(addresses.map(({ address }) => address.family));
        t.true(families.size === 0 || families.size === new Set(of.families).size);
      }
    }),
    { numRuns: 400 },
  );
  t.pass();
});
