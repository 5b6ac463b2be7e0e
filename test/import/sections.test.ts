import test from 'ava';
import { emptyNotes } from '../../src/import/note.ts';
import { sectionsOf } from '../../src/import/sections.ts';

function read(...lines: readonly string[]) {
  const notes = emptyNotes();
  const sections = sectionsOf(lines.join('\n'), notes);
  return { sections, notes: notes.all().map(({ line, what, hint }) => ({ line, what, hint })) };
}

test('a file is cut at its section keywords, with the number of each line', (t) => {
  const { sections, notes } = read('global', '  maxconn 5', '', 'listen web from base', '\tbind :80 # here', 'listen');
  t.deepEqual(
    sections.map(({ keyword, name, from, number, lines }) => [keyword, name, from, number, lines.map((line) => line.number)]),
    [
      ['global', '', null, 1, [2]],
      ['listen', 'web', 'base', 4, [5]],
      ['listen', '', null, 6, []],
    ],
  );
  t.deepEqual(sections[1]?.lines[0]?.words, ['bind', ':80']);
  t.deepEqual(sections[1]?.lines[0]?.comments, ['here']);
  t.deepEqual(notes, []);
});

test('comments belong to the line or section below them; indented ones before a section to the one that ends', (t) => {
  const { sections } = read('# first', 'listen a', '  # of bind', '  bind :80', '  # at the end of a', '# of b', 'listen b', '# last');
  const [a, b] = sections;
  t.deepEqual([a?.comments, a?.lines[0]?.comments, b?.comments], [['first', 'at the end of a'], ['of bind'], ['of b', 'last']]);
});

test('what the preprocessor decides is left out as a whole, with its lines', (t) => {
  const { sections, notes } = read(
    'listen a',
    '  .if true',
    '    .if false',
    '      bind :1',
    '    .endif',
    '  .endif',
    '  .notice x',
    '  bind :80',
  );
  t.deepEqual(
    sections[0]?.lines.map(({ text }) => text),
    ['bind :80'],
  );
  t.deepEqual(
    notes.map(({ line, what }) => [line, what]),
    [
      [2, 'the .if block of lines 2 to 6'],
      [7, 'the line ".notice x"'],
    ],
  );
});

test('a block that is never closed ends with the file', (t) => {
  const { sections, notes } = read('listen a', '  .if true', '  bind :1');
  t.deepEqual(sections[0]?.lines, []);
  t.is(notes[0]?.what, 'the .if block of lines 2 to 3');
});

test('lines that HAProxy could not read, or that stand nowhere, are named', (t) => {
  const { sections, notes } = read('maxconn 5', 'listen a b', '  bind "open', '  include other.cfg', '  bind :80');
  t.deepEqual(
    sections[0]?.lines.map(({ text }) => text),
    ['bind :80'],
  );
  t.deepEqual(
    notes.map(({ line, what }) => [line, what]),
    [
      [1, 'the line "maxconn 5"'],
      [2, '"b" behind listen a'],
      [3, 'the line "bind \\"open"'],
      [4, 'the line "include other.cfg"'],
    ],
  );
});

test('a line of a list of users is never shown', (t) => {
  const { notes } = read('userlist a', '  user x password "secret');
  t.is(notes[0]?.what, 'a line of userlist');
  t.false(JSON.stringify(notes).includes('secret'));
});
