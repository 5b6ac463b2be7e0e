import test from 'ava';
import { readName, skipName } from '../../../src/dns/message/wire-name.ts';

const header = Buffer.alloc(12);
const web = Buffer.from('\u0003Web\u0007default\u0000', 'latin1');

/** A header, the name `Web.default`, and what follows it. */
function message(...parts: readonly Buffer[]): { readonly bytes: Buffer; readonly at: number } {
  return { bytes: Buffer.concat([header, web, ...parts]), at: header.length + web.length };
}

function pointer(to: number): Buffer {
  return Buffer.from([0xc0 | (to >> 8), to & 0xff]);
}

test('a name is read in lower case, and the root is empty', (t) => {
  const { bytes, at } = message(Buffer.from([0]));
  t.is(readName(bytes, 12), 'web.default');
  t.is(skipName(bytes, 12), at);
  t.is(readName(bytes, at), '');
});

test('a name may end in a pointer to an earlier one', (t) => {
  const { bytes, at } = message(Buffer.from('\u0001a', 'latin1'), pointer(12));
  t.is(readName(bytes, at), 'a.web.default');
  t.is(skipName(bytes, at), at + 4);
});

for (const [what, part] of [
  ['points to itself', pointer(12 + web.length)],
  ['points forward', pointer(12 + web.length + 2)],
  ['points into the header', pointer(4)],
  ['has a label type that does not exist', Buffer.from([0x80, 0])],
  ['runs over the end', Buffer.from([5, 0x61])],
  ['ends within a pointer', Buffer.from([0xc0])],
  ['is longer than 255 bytes', Buffer.concat([...Array.from({ length: 4 }, () => Buffer.alloc(64, 63)), Buffer.alloc(1)])],
] as const) {
  test(`a name that ${what} is malformed`, (t) => {
    const { bytes, at } = message(part);
    t.is(skipName(bytes, at), -1);
    t.is(readName(bytes, at), null);
  });
}

test('a name has at most 64 pointers, however long the chain', (t) => {
  const targets = Array.from({ length: 8000 }, (_, i) => (i === 0 ? 12 : 12 + web.length + 2 * (i - 1)));
  const { bytes, at } = message(...targets.map(pointer));
  t.is(readName(bytes, at + 2 * 63), 'web.default');
  for (const longer of [64, 7999]) {
    t.is(readName(bytes, at + 2 * longer), null);
    t.is(skipName(bytes, at + 2 * longer), -1);
  }
});

test('a label with other characters than those of host names is read as no name', (t) => {
  const { bytes, at } = message(Buffer.from('\u0003a b\u0000', 'latin1'));
  t.is(readName(bytes, at), null);
  t.is(skipName(bytes, at), bytes.length);
});
