import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { parseConfig } from '../../src/config/parse.ts';
import { Problem } from '../../src/problem/problem.ts';
import { openMessages } from '../../src/terminal/messages.ts';

const folder = new URL('../../fixtures/config/invalid/', import.meta.url);
const files = readdirSync(folder).filter((file) => !file.endsWith('.txt'));

// Beside each file stands what is said of it. Written anew with UPDATE=1; then read what changed before it is committed.
for (const file of files) {
  const title = file.replace(/\.\w+$/, '').replaceAll('-', ' ');
  test(`a configuration is refused with its place and a hint: ${title}`, (t) => {
    const problem = t.throws(() => parseConfig(readFileSync(new URL(file, folder), 'utf8'), 'podfront.yaml'), { instanceOf: Problem });
    const expected = new URL(file.replace(/\.\w+$/, '.txt'), folder);
    const told = problem === undefined ? '' : said(problem);
    if (process.env.UPDATE === '1') writeFileSync(expected, told);
    t.is(told, readFileSync(expected, 'utf8'));
    t.is(problem?.exit, 2);
    t.true(problem?.parts.every(({ at }) => at?.line !== undefined && at.column !== undefined));
  });
}

test('every invalid configuration has a file with its messages, and there are no other files', (t) => {
  const wanted = files.map((file) => file.replace(/\.\w+$/, '.txt')).sort();
  t.deepEqual(
    readdirSync(folder)
      .filter((file) => file.endsWith('.txt'))
      .sort(),
    wanted,
  );
  t.true(files.length >= 45);
});

function said(problem: Problem): string {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  openMessages(write, { level: 'info', format: 'text', colour: false }).problem(problem);
  return text;
}
