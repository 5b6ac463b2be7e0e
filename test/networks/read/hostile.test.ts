import test from 'ava';
import fc from 'fast-check';
import { emptyInventory } from '../../../src/networks/facts/inventory.ts';
import { addIpJson } from '../../../src/networks/read/ip-json.ts';
import { addList } from '../../../src/networks/read/list.ts';
import { procAddresses6, procRoutes4, procRoutes6, procTrie } from '../../../src/networks/read/proc-tables.ts';
import { addNameservers } from '../../../src/networks/read/resolv-conf.ts';

const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('default', '10.0.0.0/24', '::/0', '__proto__', 'local', 33, -1, 1e300),
);
const keys = [
  'ifname',
  'addr_info',
  'family',
  'local',
  'address',
  'prefixlen',
  'dst',
  'type',
  'gateway',
  'via',
  'dev',
  'table',
  'protocol',
  'prefsrc',
  'nexthops',
];
const object = fc.dictionary(fc.constantFrom(...keys), leaf, { maxKeys: 8 });
const entry = fc.oneof(
  object,
  fc.record({ ifname: fc.string(), addr_info: fc.array(fc.oneof(object, leaf)) }),
  fc.record({ dst: leaf, nexthops: fc.array(fc.oneof(object, leaf)), via: object }),
  leaf,
);

test('Whatever JSON stands for a host, it is read or named as a fault, and every fault has its message', (t) => {
  const read = fc.property(fc.array(entry, { maxLength: 6 }), fc.constantFrom('addresses' as const, 'routes' as const), (entries, kind) => {
    const inventory = emptyInventory([]);
    addIpJson(inventory, new TextEncoder().encode(JSON.stringify(entries)), kind, 'host.json');
    return inventory.faults.every(
      ({ where, problem }) => where.startsWith('host.json') && problem().exit === 2 && problem().message.length > 5,
    );
  });
  t.notThrows(() => fc.assert(read, { numRuns: 5_000, seed: 7 }));
});

test('Whatever bytes a list, a resolv.conf or a file of /proc has, reading them ends', (t) => {
  const text = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.ipV4(),
        fc.ipV6(),
        fc.constantFrom('\n', ' ', '/', '#', '\t', '|-- ', 'Main:', '/24 link UNICAST', 'nameserver ', '00000000', 'ffffffff'),
      ),
    )
    .map((parts) => parts.join(''));
  const read = fc.property(text, (content) => {
    const inventory = emptyInventory([]);
    addList(inventory, content, 'list');
    addNameservers(inventory, content, 'resolv.conf');
    for (const { problem } of inventory.faults) if (problem().message === '') return false;
    return [procRoutes4(content, true), procRoutes6(content), procTrie(content), procAddresses6(content)].every(Array.isArray);
  });
  t.notThrows(() => fc.assert(read, { numRuns: 5_000, seed: 7 }));
});
