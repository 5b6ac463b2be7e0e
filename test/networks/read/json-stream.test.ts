import test from 'ava';
import fc from 'fast-check';
import { jsonArrayReader } from '../../../src/networks/read/json-stream.ts';

/** Reads a text in pieces of the given sizes (the last one again and again); all that it returns. */
function read(text: string, sizes: readonly number[]) {
  const entries: object[] = [];
  const errors: string[] = [];
  const reader = jsonArrayReader(
    (entry, number) => entries.push({ number, entry }),
    (why, number) => errors.push(`${number}: ${why}`),
  );
  const bytes = new TextEncoder().encode(text);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? 1;
    if (!reader.push(bytes.slice(at, at + size))) break;
    at += size;
  }
  return { entries, errors, end: reader.end() };
}

const entry = fc.oneof(
  fc.record({ dst: fc.string(), flags: fc.array(fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', 'ü', '\u2028') })) }),
  fc.record({ ifname: fc.string(), addr_info: fc.array(fc.record({ local: fc.string() })) }),
);

test('However the bytes of JSON arrays are cut, the same objects come out of them', (t) => {
  const property = fc.property(
    fc.array(fc.array(entry, { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
    fc.constantFrom(undefined, 2),
    (arrays, sizes, indent) => {
      const text = arrays.map((array) => JSON.stringify(array, null, indent)).join('\n');
      const { entries, errors, end } = read(text, sizes);
      const expected = arrays.flatMap((array) =>
        array.map((item, i) => ({ number: i + 1, entry: JSON.parse(JSON.stringify(item)) as object })),
      );
      t.deepEqual(entries, expected);
      return errors.length === 0 && end === null;
    },
  );
  t.notThrows(() => fc.assert(property, { numRuns: 2_000, seed: 7 }));
});

test('An element that is not an object does not hide the others, wherever the bytes are cut', (t) => {
  for (let size = 1; size < 30; size++) {
    const { entries, errors, end } = read('[{"a":1}, {"b":}, 7, {"c":"]}"}, {"d":2}{"e":3}, {"f":4}]', [size]);
    t.deepEqual(entries, [
      { number: 1, entry: { a: 1 } },
      { number: 4, entry: { c: ']}' } },
      { number: 6, entry: { f: 4 } },
    ]);
    t.deepEqual(errors, ['2: it is not JSON', '3: it is not an object', '5: it is not JSON']);
    t.is(end, null);
  }
});

test('A text that ends early, is not a list, or has more after its end is an error', (t) => {
  t.is(read('[{"a":1},{"b"', [3]).end, 'it ends in the middle, after 1 complete entries');
  t.is(read('default via 192.0.2.1', [3]).end, 'it does not begin with [');
  t.is(read('[] }', [3]).end, 'something follows the ]');
  t.is(read(' \n', [1]).end, 'it is empty');
});
