import test from 'ava';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { parseRange } from '../../src/ip/range.ts';
import { type AllocateInput, allocateAddresses } from '../../src/load-balancer/allocate.ts';
import { eventOf } from '../../src/load-balancer/cause.ts';
import { type Service, serviceId } from '../../src/load-balancer/service.ts';
import { address } from '../support/config-sample.ts';
import { service, tcp } from '../support/service-sample.ts';

function pools(...texts: readonly string[]): AllocateInput['pools'] {
  return texts.map((text) => {
    const range = parseRange(text);
    if (range === null) throw new Error(`${text} is no range`);
    return range;
  });
}

/** `198.51.100.10: 80 443` for each address of each Service, and the messages of its causes. */
function allocated(services: readonly Service[], given: Partial<AllocateInput> = {}) {
  const result = allocateAddresses({ services, pools: pools('198.51.100.10-198.51.100.12'), reserved: [], given: new Map(), ...given });
  return Object.fromEntries(
    result.map((one) => [
      one.service.name,
      [
        ...one.addresses.map(({ address, ports }) => `${address.text}: ${ports.join(' ')}`),
        ...one.causes.map((cause) => eventOf(cause).message),
      ],
    ]),
  );
}

const has = (of: Service, text: string, ...ports: readonly number[]) => new Map([[of.uid, [{ address: address(text), ports }]]]);
const asks = (addresses: string) => ({ annotations: new Map([['addresses', addresses]]) });

test('each Service gets the first address on which all its ports are free', (t) => {
  const services = [
    service('a', { ports: tcp(80, 443) }),
    service('b', { ports: tcp(8080) }),
    service('c', { ports: tcp(443, 8443) }),
    service('d', { ports: tcp(22) }),
  ];
  t.deepEqual(allocated(services), {
    a: ['198.51.100.10: 80 443'],
    b: ['198.51.100.10: 8080'],
    c: ['198.51.100.11: 443 8443'],
    d: ['198.51.100.10: 22'],
  });
});

test('every address of a network is in the pool, and pools are tried in their order', (t) => {
  const services = ['a', 'b', 'c', 'd', 'e'].map((name) => service(name));
  t.deepEqual(
    Object.values(allocated(services, { pools: pools('198.51.100.16/31', '198.51.100.5', '198.51.100.1-198.51.100.2') })).flat(),
    ['198.51.100.16: 80', '198.51.100.17: 80', '198.51.100.5: 80', '198.51.100.1: 80', '198.51.100.2: 80'],
  );
});

test('a pool of 2^64 addresses costs no more than what is taken', (t) => {
  const services = [service('a', { families: [6] }), service('b', { families: [6] })];
  t.deepEqual(allocated(services, { pools: pools('2001:db8::/64') }), { a: ['2001:db8::: 80'], b: ['2001:db8::1: 80'] });
});

test('of two Services that want the same address and port the older one gets it, and the other learns who has it', (t) => {
  const young = service('a', { ...asks('198.51.100.11'), createdAt: 2 });
  const old = service('z', { ...asks('198.51.100.11'), createdAt: 1 });
  t.deepEqual(allocated([young, old]), {
    z: ['198.51.100.11: 80'],
    a: ['port 80 of 198.51.100.11 is taken by Service default/z'],
  });
});

test('what a Service has it keeps, also against an older one', (t) => {
  const young = service('a', { createdAt: 2 });
  const old = service('z', { ...asks('198.51.100.11'), createdAt: 1 });
  t.deepEqual(allocated([old, young], { given: has(young, '198.51.100.11', 80) }), {
    z: ['port 80 of 198.51.100.11 is taken by Service default/a'],
    a: ['198.51.100.11: 80'],
  });
});

test('a port that a Service adds does not take the one that another has on the address they share', (t) => {
  const old = service('a', { ports: tcp(80, 443), createdAt: 1 });
  const young = service('b', { ports: tcp(443), createdAt: 2 });
  const given = new Map([...has(old, '198.51.100.10', 80), ...has(young, '198.51.100.10', 443)]);
  t.deepEqual(allocated([old, young], { given }), {
    a: ['198.51.100.10: 80', 'port 443 of 198.51.100.10 is taken by Service default/b'],
    b: ['198.51.100.10: 443'],
  });
});

test('a port that a Service adds comes to the address that it has', (t) => {
  const one = service('a', { ports: tcp(80, 443) });
  t.deepEqual(allocated([one], { given: has(one, '198.51.100.12', 80) }), { a: ['198.51.100.12: 80 443'] });
});

test('a Service keeps an address that is no longer in the pools, and says so', (t) => {
  const one = service('a');
  t.deepEqual(allocated([one], { given: has(one, '203.0.113.7', 80) }), {
    a: ['203.0.113.7: 80', '203.0.113.7 is not in loadBalancer.addresses any more; the Service keeps it until it is deleted'],
  });
});

test('a Service that asks for another address moves there, and stays where it is while it cannot', (t) => {
  const one = service('a', asks('198.51.100.12'));
  const other = service('b', { ...asks('198.51.100.12'), createdAt: -1 });
  const given = has(one, '198.51.100.10', 80);
  t.deepEqual(allocated([one], { given }), { a: ['198.51.100.12: 80'] });
  t.deepEqual(allocated([one, other], { given: new Map([...given, ...has(other, '198.51.100.12', 80)]) }), {
    b: ['198.51.100.12: 80'],
    a: ['198.51.100.10: 80', 'port 80 of 198.51.100.12 is taken by Service default/b'],
  });
});

test('one moves to the address that another makes free in the same run', (t) => {
  const first = service('a', { ...asks('198.51.100.11'), createdAt: 1 });
  const second = service('b', { ...asks('198.51.100.12'), createdAt: 2 });
  const given = new Map([...has(first, '198.51.100.10', 80), ...has(second, '198.51.100.11', 80)]);
  t.deepEqual(allocated([first, second], { given }), { a: ['198.51.100.11: 80'], b: ['198.51.100.12: 80'] });
});

test('loadBalancerIP asks for an address, and the annotation wins over it', (t) => {
  t.deepEqual(allocated([service('a', { loadBalancerIP: '198.51.100.12' })]), { a: ['198.51.100.12: 80'] });
  t.deepEqual(allocated([service('a', { loadBalancerIP: '198.51.100.12', ...asks('198.51.100.11') })]), { a: ['198.51.100.11: 80'] });
});

test('an annotation with several addresses gives all of them', (t) => {
  t.deepEqual(allocated([service('a', asks('198.51.100.11, 198.51.100.10'))]), { a: ['198.51.100.11: 80', '198.51.100.10: 80'] });
});

test('a request that cannot be met is no wish for another address', (t) => {
  t.deepEqual(allocated([service('a', asks('198.51.100.99'))]), { a: ['198.51.100.99 is not in loadBalancer.addresses'] });
  t.deepEqual(allocated([service('a', asks('www.example.org'))]), { a: ['"www.example.org" is not an IP address'] });
  t.deepEqual(allocated([service('a', asks('2001:db8::1'))]), { a: ["2001:db8::1 is not an address of the Service's ipFamilies, IPv4"] });
});

test('a listen of podfront.yaml wins: exact binds, port ranges, and wildcards of the same family', (t) => {
  const reserved = ['198.51.100.10:80', '198.51.100.11:70-90'].map((text) => ({ bind: parseBind(text), owner: 'listen web' }));
  t.deepEqual(allocated([service('a')], { reserved }), { a: ['198.51.100.12: 80'] });
  t.deepEqual(allocated([service('a', asks('198.51.100.11'))], { reserved }), { a: ['port 80 of 198.51.100.11 is taken by listen web'] });
  const wildcard = [{ bind: parseBind('*:80'), owner: 'listen all' }];
  t.deepEqual(allocated([service('a')], { reserved: wildcard }), {
    a: ['no IPv4 address of loadBalancer.addresses is free for port 80'],
  });
  t.deepEqual(allocated([service('a', { families: [6] })], { reserved: wildcard, pools: pools('2001:db8::1') }), {
    a: ['2001:db8::1: 80'],
  });
});

test('a listen that is added to podfront.yaml takes one port of a Service, and the address with the only one', (t) => {
  const reserved = [{ bind: parseBind('198.51.100.10:80'), owner: 'listen web' }];
  const two = service('a', { ports: tcp(80, 443) });
  t.deepEqual(allocated([two], { reserved, given: has(two, '198.51.100.10', 80, 443) }), {
    a: ['198.51.100.10: 443', 'port 80 of 198.51.100.10 is taken by listen web'],
  });
  const one = service('a');
  t.deepEqual(allocated([one], { reserved, given: has(one, '198.51.100.10', 80) }), { a: ['198.51.100.11: 80'] });
});

const dual = { families: [4, 6], ports: tcp(80) } as const;
const both = { pools: pools('198.51.100.10', '2001:db8::10') };

test('SingleStack takes the first family, PreferDualStack what there is, RequireDualStack both or nothing', (t) => {
  const named = (familyPolicy: Service['familyPolicy']) => [service('a', { ...dual, familyPolicy })];
  t.deepEqual(allocated(named('SingleStack'), both), { a: ['198.51.100.10: 80'] });
  t.deepEqual(allocated(named('PreferDualStack'), both), { a: ['198.51.100.10: 80', '2001:db8::10: 80'] });
  t.deepEqual(allocated(named('RequireDualStack'), both), { a: ['198.51.100.10: 80', '2001:db8::10: 80'] });
  const only4 = { pools: pools('198.51.100.10') };
  t.deepEqual(allocated(named('PreferDualStack'), only4), { a: ['198.51.100.10: 80'] });
  t.deepEqual(allocated(named('RequireDualStack'), only4), { a: ['loadBalancer.addresses has no IPv6 address'] });
});

test('with RequireDualStack an address that comes to nothing stays free for the next Service', (t) => {
  const services = [service('a', { ...dual, familyPolicy: 'RequireDualStack', createdAt: 1 }), service('b', { createdAt: 2 })];
  t.deepEqual(allocated(services, { pools: pools('198.51.100.10') }), {
    a: ['loadBalancer.addresses has no IPv6 address'],
    b: ['198.51.100.10: 80'],
  });
});

test('a request for one family leaves the other to the pools', (t) => {
  const one = service('a', { ...dual, familyPolicy: 'RequireDualStack', ...asks('198.51.100.12') });
  t.deepEqual(allocated([one], { pools: pools('198.51.100.10-198.51.100.12', '2001:db8::10') }), {
    a: ['198.51.100.12: 80', '2001:db8::10: 80'],
  });
});

test('UDP and SCTP ports are reported, and take no address', (t) => {
  const udp = { name: 'dns', protocol: 'UDP', port: 53 } as const;
  const mixed = service('a', { ports: [...tcp(53), udp] });
  t.deepEqual(allocated([mixed, service('b', { ports: [udp] })]), {
    a: ['198.51.100.10: 53', 'port 53: protocol UDP is not supported, only TCP'],
    b: ['port 53: protocol UDP is not supported, only TCP'],
  });
});

test('Services of one second are in the order of their names', (t) => {
  const services = [service('b'), service('a', { namespace: 'z' }), service('a')];
  t.deepEqual(
    allocateAddresses({ services, pools: pools('198.51.100.10-198.51.100.12'), reserved: [], given: new Map() }).map((one) =>
      serviceId(one.service),
    ),
    ['default/a', 'default/b', 'z/a'],
  );
});
