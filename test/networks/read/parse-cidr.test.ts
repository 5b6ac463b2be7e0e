import test from 'ava';
import fc from 'fast-check';
import IpCidr from 'ip-cidr';
import { formatAddress } from '../../../src/ip/address.ts';
import { parseNetwork } from '../../../src/ip/network.ts';
import { parseCidr, rangeOf } from '../../../src/networks/read/parse-cidr.ts';
import { Problem } from '../../../src/problem/problem.ts';

const octet = fc.oneof(fc.nat(255).map(String), fc.constantFrom('0', '00', '01', '256', '1000', '', '1a'));
const group = fc.oneof(
  fc.nat(0xffff).map((n) => n.toString(16)),
  fc.constantFrom('0', '0000', '00000', 'FFFF', 'g', '', 'ffff'),
);
const prefix = fc.oneof(
  fc.nat(140).map((n) => `/${n}`),
  fc.constantFrom('', '/', '/00', '/08', '/-1', '/1e1', '/24/', '/ 24', '/٢٤'),
);
const v4 = fc.array(octet, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const v6 = fc
  .tuple(
    fc.array(group, { maxLength: 9 }),
    fc.constantFrom(':', '::', ''),
    fc.array(group, { maxLength: 4 }),
    fc.oneof(fc.constant(''), v4),
  )
  .map(([left, middle, right, quad]) => `${left.join(':')}${middle}${[...right, quad].filter((part) => part !== '').join(':')}`);
const mapped = v4.map((quad) => `::ffff:${quad}`);
const noise = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF.:/%[] -', '\u0010', 'é', '\u0660'), maxLength: 24 });
const good = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(33)).map(([address, bits]) => `${address}/${bits}`),
  fc.tuple(fc.ipV6(), fc.nat(129)).map(([address, bits]) => `${address}/${bits}`),
  fc.tuple(fc.ipV4(), fc.integer({ min: 90, max: 129 })).map(([address, bits]) => `::ffff:${address}/${bits}`),
);
const anything = fc.oneof(
  good,
  fc.tuple(fc.oneof(v4, v6, mapped), prefix).map(([address, rest]) => address + rest),
  noise,
);

const valid = fc.oneof(
  fc.tuple(fc.nat(0xffffffff), fc.nat(32)).map(([value, bits]) => `${formatAddress(4, BigInt(value))}/${bits}`),
  fc
    .tuple(fc.bigInt(0n, (1n << 128n) - 1n), fc.nat(128))
    .filter(([value]) => value >> 32n !== 0xffffn)
    .map(([value, bits]) => `${formatAddress(6, value)}/${bits}`),
);

test('ip-cidr has the same first and last address as parseNetwork', (t) => {
  const property = fc.property(valid, (cidr) => {
    const ours = parseNetwork(cidr);
    const [first, last] = rangeOf(new IpCidr(cidr));
    return ours !== null && ours.first === first && ours.last === last;
  });
  t.notThrows(() => fc.assert(property, { numRuns: 5_000, seed: 7 }));
});

test('The command line is read with ip-cidr exactly where parseNetwork reads it, with the same result', (t) => {
  const property = fc.property(anything, (text) => {
    const ours = parseNetwork(text);
    const parsed = parseCidr(text, '--network');
    if (parsed instanceof Problem) return ours === null;
    return (
      ours !== null &&
      parsed.cidr === ours.cidr &&
      parsed.first === ours.first &&
      parsed.last === ours.last &&
      parsed.hostBits === ours.hostBits
    );
  });
  t.notThrows(() => fc.assert(property, { numRuns: 10_000, seed: 7 }));
});

test('Host bits, IPv4-mapped IPv6 and bare addresses become plain networks', (t) => {
  const read = (text: string) => {
    const network = parseCidr(text, '--network');
    return network instanceof Problem ? network.message : `${network.cidr}${network.hostBits ? ' from host bits' : ''}`;
  };
  t.is(read('10.0.0.77/24'), '10.0.0.0/24 from host bits');
  t.is(read('::ffff:10.0.0.0/120'), '10.0.0.0/24');
  t.is(read('::ffff:10.0.0.7'), '10.0.0.7/32');
  t.is(read('FD00::1'), 'fd00::1/128');
  t.is(read('0.0.0.0/0'), '0.0.0.0/0');
  t.is(read('::/0'), '::/0');
});
