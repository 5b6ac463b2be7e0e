import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { parseLines, parseOptions, sectionKeywords } from '../../src/haproxy-syntax/extra-lines.ts';
import { tokenise } from '../../src/haproxy-syntax/line.ts';
import { Problem } from '../../src/problem/problem.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

/** What HAProxy says of lines put into a listen section, which begins on line 6 of the file. */
async function judged(folder: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, 'haproxy.cfg');
  const head = 'defaults\n timeout client 1s\n timeout server 1s\n timeout connect 1s\nlisten a\n';
  writeFileSync(file, `${head}${lines.map((line) => `${line}\n`).join('')}`);
  return new Promise((done) => execFile('haproxy', ['-c', '-f', file], (_, stdout, stderr) => done(stdout + stderr)));
}

// An unknown keyword is named in HAProxy's alert as HAProxy read it: quotes and escapes taken away.
needs('haproxy')('a line is taken apart as the real HAProxy does it', async (t) => {
  const piece = fc.constantFrom(
    'a',
    'b',
    ' ',
    '"',
    "'",
    '\\',
    '\\\\',
    '#',
    '\\#',
    '\\ ',
    '\\"',
    "\\'",
    '\\x41',
    '\\x7a',
    '\\t',
    '\\z',
    '$',
    '\t',
  );
  const line = fc
    .tuple(fc.constantFrom('zz', '"zz', "'zz"), fc.array(piece, { maxLength: 8 }))
    .map(([first, rest]) => first + rest.join(''));
  const lines = fc
    .sample(line, { numRuns: 600, seed: 7 })
    .filter((text) => tokenise(text).open === null && !/\$/.test(text.replaceAll("'", '"')));
  t.true(lines.length > 100);
  const folder = folderOf(t);
  // HAProxy gives up after 50 faults.
  for (let from = 0; from < lines.length; from += 40) {
    const some = lines.slice(from, from + 40);
    const alerts = (await judged(folder, some)).matchAll(/:(\d+)\] : unknown keyword '([\s\S]*?)' in 'listen' section/g);
    const read = new Map([...alerts].map(([, at, word]) => [Number(at), word]));
    for (const [i, text] of some.entries()) t.is(tokenise(text).words[0], read.get(i + 6), text);
  }
});

const disguises: readonly ((word: string) => string)[] = [
  (word) => `${word} other`,
  (word) => ` \t${word} other`,
  (word) => `"${word}" other`,
  (word) => `'${word}' other`,
  (word) => `${word.slice(0, 1)}""${word.slice(1)} other`,
  (word) => `${word.slice(0, 2)}'${word.slice(2)}'`,
  (word) => `\\x${word.charCodeAt(0).toString(16)}${word.slice(1)} other`,
  (word) => `"\\x${word.charCodeAt(0).toString(16).toUpperCase()}"${word.slice(1)} other`,
  (word) => `no ${word} other`,
  (word) => `default "${word}" other`,
  (word) => `option tcplog\n${word} other`,
];

test('a line that opens a section is refused, however it is disguised', (t) => {
  for (const word of sectionKeywords) {
    for (const disguise of disguises) {
      t.throws(() => parseLines(disguise(word)), { instanceOf: Problem, message: /opens a section/ }, disguise(word));
    }
  }
});

needs('haproxy')('every section that the installed HAProxy knows is among those refused', async (t) => {
  const known = await new Promise<string>((done) =>
    execFile('haproxy', ['-dKcfg', '-q', '-c', '-f', '/dev/null'], (_, out, err) => done(out + err)),
  );
  const sections = [...known.matchAll(/^(?!\s)([a-z][a-z_-]*)$/gm)].map(([, word]) => word ?? '');
  // Keywords of crt-list files are listed as if they were a section.
  const opening = sections.filter((word) => word !== 'crt-list');
  t.true(sections.includes('listen') && sections.includes('userlist'), known.slice(0, 400));
  t.deepEqual(
    opening.filter((word) => !sectionKeywords.has(word)),
    [],
  );
});

for (const [line, why] of [
  ['.if defined(X)', /preprocessor/],
  ['".notice" hello', /preprocessor/],
  ['"$X" y', /environment variable/],
  [`"a\${X[*]}" y`, /environment variable/],
  ['acl a path "/x', /a double quote is left open/],
  ["acl a path '/x", /a single quote is left open/],
  ['acl a path \\', /a backslash is left open/],
  ['acl a path \\x4', /hexadecimal/],
  ['"" listen', /first word is empty/],
  ['no', /only a modifier/],
  ['option tcplog\rlisten x', /U\+000D/],
  ['option\u0000tcplog', /U\+0000/],
  ['option\u2028tcplog', /U\+2028/],
  [`acl a src ${'192.0.2.1 '.repeat(62)}`, /65 words/],
  [`acl a path /${'x'.repeat(2000)}`, /longer than 2000 bytes/],
  [`acl a path /${'ä'.repeat(1000)}`, /longer than 2000 bytes/],
] as const) {
  test(`a line is refused: ${JSON.stringify(line.slice(0, 30))}`, (t) => {
    t.throws(() => parseLines(line), { instanceOf: Problem, code: 'config.line', message: why });
  });
}

test('lines keep quotes, escapes, comments and variables behind the first word, and lose blank lines and indentation', (t) => {
  const text = '  # why\n\n\toption tcplog  \n  acl a path "/x y" \'#\' \\# "$HOME"\n  http-request return string a\\ \n';
  t.deepEqual(parseLines(text), ['# why', 'option tcplog', 'acl a path "/x y" \'#\' \\# "$HOME"', 'http-request return string a\\ ']);
});

test('options are one line without a comment', (t) => {
  t.is(parseOptions('  weight 10  \n'), 'weight 10');
  t.is(parseOptions('weight 10 cookie "a # b" \\#'), 'weight 10 cookie "a # b" \\#');
  t.is(parseOptions(''), '');
  for (const text of [
    'weight 10\nserver x 192.0.2.1:1',
    'weight 10 # no',
    'cookie "a',
    'cookie a\\',
    'a\rb',
    'a '.repeat(37),
    `a${'b'.repeat(1000)}`,
  ]) {
    t.throws(() => parseOptions(text), { instanceOf: Problem, code: 'config.options' }, text);
  }
});
