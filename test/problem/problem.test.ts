import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { catalogue, messageWithPlace, problem, problemWith, visible } from '../../src/problem/problem.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function textsBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|txt|yaml)$/.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}

const sources = textsBelow('src')
  .filter((text) => !/^export const \w+Problems = /m.test(text))
  .join('\n');

for (const [code, { message, hint }] of Object.entries(catalogue)) {
  test(`problem ${code} is raised somewhere, and its texts have the common form`, (t) => {
    t.true(sources.includes(`'${code}'`), 'nothing raises it');
    t.regex(message, /^([a-z{]|--|HAProxy|HTTP|IPv|DNS|A |[A-Z]+ )/, 'a sentence starts in lower case');
    t.notRegex(message, /\.$/, 'a sentence has no full stop');
    t.notRegex(hint, /\.$/);
    t.not(hint, '', 'a hint says what to do');
  });
}

test('a problem is shown with its place, and hostile facts are escaped', (t) => {
  const at = { file: 'podfront.yaml', line: 12, column: 9, path: 'listen.ingress.binds[1]' };
  t.is(
    messageWithPlace(problemWith({ at }, 'usage.no-such-listen', { name: 'a\nb', known: '' })),
    'podfront.yaml:12:9: listen.ingress.binds[1]: there is no listen named a\\x0ab',
  );
  t.is(messageWithPlace(problem('usage.no-such-listen', { name: '{known}', known: 'x' })), 'there is no listen named {known}');
  t.is(visible('\u001b[31m\u0085\u2028\u202e\u2066'), '\\x1b[31m\\x85\\u2028\\u202e\\u2066');
});
