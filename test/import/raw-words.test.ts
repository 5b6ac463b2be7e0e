import test from 'ava';
import fc from 'fast-check';
import { tokenise } from '../../src/haproxy-syntax/line.ts';
import { rawWords } from '../../src/import/raw-words.ts';

const piece = fc.constantFrom('a', '$', '\u00a0', '\ufeff', ' ', '\t', '"', "'", '\\', '\\ ', '#', 'é');

test('the words of a line are those that HAProxy reads, with quotes and without, and each is in the line as it was written', (t) => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const line = pieces.join('');
      const { words, open } = tokenise(line);
      if (open !== null) return;
      const raw = rawWords(line);
      t.deepEqual(
        raw.map(({ text }) => text),
        words,
      );
      for (const word of raw) t.true(line.includes(word.raw));
    }),
    { numRuns: 2_000 },
  );
});

test('a no-break space is part of a word, as it is for HAProxy', (t) => {
  t.deepEqual(
    rawWords('"server" a\u00a0b').map(({ text }) => text),
    ['server', 'a\u00a0b'],
  );
});
