import test from 'ava';
import { catalogue } from '../../src/problem/problem.ts';
import { page } from '../support/docs/pages.ts';

/** What stands first in each row: a code, or a family such as `config.*`. */
const rows = [...page('docs/runbook.md').matchAll(/^\| `([a-z-]+(?:\.(?:[a-z-]+|\*))?)` \|/gm)].map(([, name = '']) => name);
const codes = Object.keys(catalogue);
const families = rows.filter((name) => name.endsWith('.*'));
const single = rows.filter((name) => !name.endsWith('.*'));

for (const code of codes) {
  test(`docs/runbook.md says what to do about ${code}`, (t) => {
    t.true(single.includes(code) || families.includes(`${code.split('.')[0]}.*`), 'give it a row');
  });
}

test('docs/runbook.md has no row twice, and none of a code that podfront does not know', (t) => {
  t.deepEqual(rows, [...new Set(rows)]);
  t.deepEqual(
    single.filter((name) => !codes.includes(name)),
    [],
  );
  t.deepEqual(
    families.filter((name) => !codes.some((code) => code.startsWith(name.slice(0, -1)))),
    [],
  );
});

test('What concerns traffic has a row of its own in docs/runbook.md', (t) => {
  t.deepEqual(
    families.filter((name) => ['dns.*', 'haproxy.*', 'apply.*', 'bind.*', 'reload.*', 'watch.*'].includes(name)),
    [],
  );
});
