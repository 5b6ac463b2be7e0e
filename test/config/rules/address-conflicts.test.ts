import test from 'ava';
import fc from 'fast-check';
import { addressConflicts } from '../../../src/config/rules/address-conflicts.ts';
import { overlaps, parseBind } from '../../../src/haproxy-syntax/bind.ts';

test('the binds that are refused are those that overlap an earlier one', (t) => {
  const host = fc.constantFrom(
    '*',
    '',
    '0.0.0.0',
    '192.0.2.1',
    '192.0.2.2',
    '[::]',
    '[2001:db8::1]',
    '[2001:db8:0::1]',
    '[::ffff:192.0.2.1]',
  );
  const ports = fc.constantFrom('80', '81', '82', '80-81', '81-90', '1-65535');
  const bind = fc.tuple(host, ports).map((parts) => parts.join(':'));
  fc.assert(
    fc.property(fc.array(fc.array(bind, { maxLength: 4 }), { maxLength: 5 }), (listens) => {
      const named = listens.map((binds, i) => [`l${i}`, { podPort: 1, binds }] as const);
      const found = addressConflicts({ haproxy: { stats: 'none' } }, named).map(({ path }) => path.join('.'));
      const all = named.flatMap(([name, { binds }]) =>
        binds.map((text, i) => ({ path: `listen.${name}.binds.${i}`, bind: parseBind(text) })),
      );
      const expected = all.filter(({ bind: one }, i) => all.slice(0, i).some((other) => overlaps(one, other.bind))).map(({ path }) => path);
      t.deepEqual(found, expected);
    }),
    { numRuns: 500 },
  );
});

test('the bind that is named is one that overlaps', (t) => {
  const [fault] = addressConflicts({}, [
    ['a', { podPort: 1, binds: ['192.0.2.1:80', '192.0.2.2:80'] }],
    ['b', { podPort: 1, binds: ['192.0.2.2:79-81'] }],
  ]);
  t.is(fault?.problem.message, '192.0.2.2:79-81 is already used by listen.a.binds[1] (192.0.2.2:80)');
});
