import test from 'ava';

interface TapLine {
  readonly kind: string;
  readonly title?: string;
  readonly text?: string;
}

const { tapLine } = (await import(new URL('../../scripts/tap.mjs', import.meta.url).href)) as { tapLine: (line: string) => TapLine };

test('Passed, failed, skipped and unwritten tests are distinguished', (t) => {
  t.deepEqual(tapLine('ok 1 - dns › a name'), { kind: 'passed', title: 'dns › a name' });
  t.deepEqual(tapLine('not ok 12 - ok 3 - a title'), { kind: 'failed', title: 'ok 3 - a title' });
  t.deepEqual(tapLine('ok 3 - a reload (needs haproxy) # SKIP'), { kind: 'skipped', title: 'a reload (needs haproxy)' });
  t.deepEqual(tapLine('not ok 4 - later # TODO'), { kind: 'skipped', title: 'later' });
});

test('Diagnostics are passed on, and never counted as tests', (t) => {
  for (const text of ['  ---', '    values: ok 1 - no title', '# a comment', 'ok without number'])
    t.deepEqual(tapLine(text), { kind: 'other', text });
});

test('What TAP only counts is left out', (t) => {
  for (const line of ['TAP version 13', '1..2', '# tests 1', '# fail 0']) t.deepEqual(tapLine(line), { kind: 'other', text: '' });
});
