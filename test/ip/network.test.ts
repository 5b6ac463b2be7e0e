import test from 'ava';
import { compareAddresses, hostPort, parseAddress } from '../../src/ip/address.ts';
import { contains, hostNetwork, isWithin, type Network, parseNetwork, relationOf } from '../../src/ip/network.ts';

function net(text: string): Network {
  const network = parseNetwork(text);
  if (network === null) throw new Error(`${text} is not a network`);
  return network;
}

test('An address is read in the strict forms only, and written canonically', (t) => {
  const text = (written: string) => parseAddress(written)?.text ?? null;
  t.is(text('10.1.0.9'), '10.1.0.9');
  t.is(text('FD00:0:0::0:1'), 'fd00::1');
  t.is(text('::ffff:10.0.0.1'), '::ffff:10.0.0.1');
  for (const bad of ['', '10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1/24', 'fe80::1%eth0', '::1::', '1:2:3:4:5:6:7', '::10.0.0.1:1'])
    t.is(text(bad), null, bad);
});

test('Addresses are ordered by value, and IPv6 gets brackets before a port', (t) => {
  const sorted = ['10.1.0.10', 'fd00::1', '10.1.0.9'].flatMap((text) => parseAddress(text) ?? []).sort(compareAddresses);
  t.deepEqual(
    sorted.map(({ text }) => text),
    ['10.1.0.9', '10.1.0.10', 'fd00::1'],
  );
  t.is(hostPort('fd00::1', 80), '[fd00::1]:80');
  t.is(hostPort('10.0.0.1', 80), '10.0.0.1:80');
});

test('A network clears host bits and says so; IPv4-mapped IPv6 becomes IPv4', (t) => {
  t.like(parseNetwork('10.0.0.77/24'), { cidr: '10.0.0.0/24', hostBits: true, first: 0x0a000000n, last: 0x0a0000ffn });
  t.like(parseNetwork('::ffff:10.0.0.0/120'), { cidr: '10.0.0.0/24', hostBits: false });
  t.like(parseNetwork('FD00:0::/8'), { cidr: 'fd00::/8' });
  t.like(parseNetwork('10.0.0.1'), { cidr: '10.0.0.1/32' });
  for (const bad of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '::/129', 'ten/8']) t.is(parseNetwork(bad), null, bad);
  const mapped = parseAddress('::ffff:10.0.0.1');
  t.is(mapped === null ? '' : hostNetwork(mapped).cidr, '10.0.0.1/32');
});

test('A relation is seen from the first network, and families never mix', (t) => {
  t.is(relationOf(net('10.0.0.0/25'), net('10.0.0.0/24')), 'inside');
  t.is(relationOf(net('10.0.0.0/8'), net('10.0.0.0/24')), 'contains');
  t.is(relationOf(net('10.0.0.9/24'), net('10.0.0.0/24')), 'same');
  t.is(relationOf(net('10.0.1.0/24'), net('10.0.0.0/24')), null);
  t.is(relationOf(net('::/0'), net('10.0.0.0/24')), null);
  t.true(isWithin(net('10.0.0.0/24'), net('10.0.0.0/24')));
  t.false(isWithin(net('10.0.0.0/8'), net('10.0.0.0/24')));
  const address = parseAddress('10.0.0.255');
  t.true(address !== null && contains(net('10.0.0.0/24'), address));
});
