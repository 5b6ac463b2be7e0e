import test from 'ava';
import type { FileChanges, ListenChange } from '../../src/plan/changes.ts';
import { listensNeedingReload, reloadGap, streaksAfterReload } from '../../src/plan/reload-gap.ts';

const change = (given: Partial<ListenChange>): ListenChange => ({
  ...{
    listen: 'web',
    kind: 'changed',
    added: [],
    removed: [],
    moved: [],
    pods: null,
    slots: null,
    otherLines: true,
    runtime: false,
    needsReload: true,
  },
  ...given,
});
const changes = (...listens: readonly ListenChange[]): FileChanges => ({ listens, otherSections: false });
const every = 10_000;
const asked = (count: number) => new Map([['web', { count, at: 0 }]]);

test('a listen asks when it changes in more than its slots', (t) => {
  t.deepEqual(
    listensNeedingReload(
      changes(
        change({ listen: 'kind' }),
        change({ listen: 'slots', otherLines: false, slots: { from: 20, to: 30 } }),
        change({ listen: 'new', kind: 'added' }),
        change({ listen: 'pods', otherLines: false, needsReload: false }),
      ),
    ),
    ['kind'],
  );
});

test('the gap doubles from the third reload in a row on, and stays below ten minutes', (t) => {
  const gaps = [0, 1, 2, 3, 4, 5, 8, 50].map((count) => reloadGap(changes(change({})), asked(count), every));
  t.deepEqual(gaps, [10_000, 10_000, 10_000, 20_000, 40_000, 80_000, 600_000, 600_000]);
  t.is(reloadGap(changes(change({})), asked(50), 3_600_000), 3_600_000, 'never less than reloadEvery');
});

test('what others need is not delayed', (t) => {
  const others = [change({ listen: 'api' }), change({ listen: 'api', kind: 'added' }), change({ listen: 'api', otherLines: false })];
  for (const other of others) t.is(reloadGap(changes(change({}), other), asked(50), every), every);
  t.is(reloadGap({ listens: [change({})], otherSections: true }, asked(50), every), every);
  t.is(reloadGap(changes(), asked(50), every), every);
});

test('a streak grows with each reload, and ends when its listen has been quiet', (t) => {
  const first = streaksAfterReload(new Map(), changes(change({})), every, 1_000);
  const second = streaksAfterReload(first, changes(change({})), every, 20_000);
  t.deepEqual([...second], [['web', { count: 2, at: 20_000 }]]);
  t.deepEqual([...streaksAfterReload(second, changes(change({ listen: 'api' })), every, 50_000).keys()], ['web', 'api']);
  t.deepEqual([...streaksAfterReload(second, changes(), every, 50_001).keys()], []);
});
