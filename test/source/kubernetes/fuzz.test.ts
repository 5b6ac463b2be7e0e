import test from 'ava';
import { lineSplitter } from '../../../src/source/kubernetes/api/split-lines.ts';
import { randomFrom } from '../../support/dns/random.ts';
import { fuzzWatch } from '../../support/kubernetes/fuzz.ts';

test('no event of a watch, however broken, adds something that is not a server, or removes one', (t) => {
  const counts = fuzzWatch(20_000, randomFrom(1));
  for (const kind of ['set', 'deleted', 'bookmark', 'error', 'garbage']) t.true((counts[kind] ?? 0) > 100, `${kind}: ${counts[kind]}`);
});

test('lines are the same however a stream is cut into chunks, and one without end is refused', (t) => {
  const text = Buffer.from('one\n\nzwei ä\nthree');
  for (let cut = 0; cut <= text.length; cut++) {
    const lines: string[] = [];
    const split = lineSplitter(100, (line) => lines.push(line));
    t.true(split(text.subarray(0, cut)) && split(text.subarray(cut)) && split(Buffer.from('\n')));
    t.deepEqual(lines, ['one', 'zwei ä', 'three']);
  }
  const split = lineSplitter(10, () => {});
  t.true(split(Buffer.from('123456789\n12345')));
  t.false(split(Buffer.from('678901')));
  t.false(lineSplitter(10, () => {})(Buffer.from('12345678901\n')));
});
