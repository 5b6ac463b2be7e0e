import test from 'ava';

const { sourceDate, sourceCommit, releases } = (await import(new URL('../../../scripts/package/source.mjs', import.meta.url).href)) as {
  readonly sourceDate: () => number;
  readonly sourceCommit: () => { readonly commit: string | null; readonly changed: boolean | null };
  readonly releases: (text: string) => readonly { readonly version: string; readonly date: string; readonly text: string }[];
};

test.serial('The date of all files is SOURCE_DATE_EPOCH where that is set, and else that of the sources', (t) => {
  const before = process.env.SOURCE_DATE_EPOCH;
  t.teardown(() => {
    if (before === undefined) delete process.env.SOURCE_DATE_EPOCH;
    else process.env.SOURCE_DATE_EPOCH = before;
  });
  process.env.SOURCE_DATE_EPOCH = '1700000000';
  t.is(sourceDate(), 1_700_000_000);
  process.env.SOURCE_DATE_EPOCH = 'yesterday';
  t.throws(sourceDate, { message: 'SOURCE_DATE_EPOCH is yesterday, and has to be a number of seconds' });
  delete process.env.SOURCE_DATE_EPOCH;
  t.true(sourceDate() >= Date.UTC(2026, 10, 1) / 1000);
  t.is(sourceDate(), sourceDate());
});

test('The commit is named where there is one', (t) => {
  const { commit, changed } = sourceCommit();
  t.true(commit === null ? changed === null : /^[0-9a-f]{40}$/.test(commit) && typeof changed === 'boolean');
});

test('CHANGELOG.md is read as Keep a Changelog has it', (t) => {
  const text = '# Changelog\n\n## [Unreleased]\n\n- x\n\n## [0.2.0] - 2026-11-24\n\n### Added\n\n- a\n\n## [0.1.0] - 2026-11-21\n\n- b\n';
  t.deepEqual(releases(text), [
    { version: '0.2.0', date: '2026-11-24', text: '### Added\n\n- a' },
    { version: '0.1.0', date: '2026-11-21', text: '- b' },
  ]);
});
