import test from 'ava';
import { shapeOf, slotsInFile } from '../../../src/haproxy/file/read-blocks.ts';
import { readSlots, withoutSeeds } from '../../../src/haproxy/file/slot-lines.ts';

const block = (name: string, ...pods: readonly string[]) =>
  [
    '',
    `listen ${name}`,
    ...pods.map((pod, i) => `    server pod${i + 1} ${name}.example.org:80 resolvers cluster init-addr ${pod}`),
    `    server-template pod ${pods.length + 1}-9 ${name}.example.org:80 resolvers cluster init-addr none`,
    '',
  ].join('\n');
const global = 'global\n    log stderr\n';
const first = global + block('web', '127.0.1.1') + block('api', '127.0.2.1');

test('what blocks say together is what the file says, whatever was read before', (t) => {
  const twice = first + block('web', '127.0.1.1') + global;
  for (const file of [first, global + block('web', '127.0.1.1', '127.0.1.2'), twice, '', 'no newline at the end', first]) {
    t.is(shapeOf(file), withoutSeeds(file));
    t.deepEqual(slotsInFile(file), readSlots(file));
  }
});

test('the slots of a block that has not changed are the same object', (t) => {
  const before = slotsInFile(first);
  shapeOf(block('web', '127.0.1.9'));
  const after = slotsInFile(global + block('web', '127.0.1.1') + block('api', '127.0.2.2'));
  t.is(after.get('web'), before.get('web'));
  t.not(after.get('api'), before.get('api'));
});
