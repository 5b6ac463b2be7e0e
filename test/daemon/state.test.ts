import test from 'ava';
import { initialState, type ReconcileState, withoutRefusals, withRefusal } from '../../src/daemon/state.ts';
import { problem } from '../../src/problem/problem.ts';

const bad = problem('haproxy.refused', { hint: 'look' });
const worse = problem('haproxy.refused', { hint: 'look again' });

test('a refusal with listens to blame is remembered of their blocks, and the file may be tried without them', (t) => {
  const state = withRefusal(initialState, 'digest', ['web 1', 'api 2'], bad);
  t.deepEqual(
    [...state.refusedListens],
    [
      ['web 1', bad],
      ['api 2', bad],
    ],
  );
  t.is(state.refusedFiles.size, 0);
  t.deepEqual([...withRefusal(state, 'digest', ['web 1'], worse).refusedListens.values()], [worse, bad]);
});

test('a refusal with nothing to blame is remembered of the whole file', (t) => {
  const state = withRefusal(withRefusal(initialState, 'one', [], bad), 'two', [], worse);
  t.deepEqual(
    [...state.refusedFiles],
    [
      ['one', bad],
      ['two', worse],
    ],
  );
  t.is(state.refusedListens.size, 0);
});

test('after SIGHUP everything that was refused is tried again, and what was done to HAProxy stays known', (t) => {
  const known: ReconcileState = {
    ...withRefusal(withRefusal(initialState, 'one', [], bad), 'two', ['web 1'], bad),
    refreshedAt: 1,
    reloadedAt: 2,
    counts: { reloads: 3, failed: 4, refreshes: 5 },
    endedCheck: { problem: bad, count: 2, retryAt: 9 },
    reloadStreaks: new Map([['web', { count: 3, at: 2 }]]),
    tcp: true,
  };
  const { refreshedAt, reloadedAt, counts, tcp } = known;
  t.deepEqual(withoutRefusals(known), { ...initialState, refreshedAt, reloadedAt, counts, tcp });
});
