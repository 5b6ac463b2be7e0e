import test from 'ava';
import type { FileChanges, ListenChange } from '../../src/plan/changes.ts';
import { describeChanges, summarizeChanges } from '../../src/plan/describe-changes.ts';

const change = (given: Partial<ListenChange>): ListenChange => ({
  ...{
    listen: 'web',
    kind: 'changed',
    added: [],
    removed: [],
    moved: [],
    pods: null,
    slots: null,
    otherLines: false,
    runtime: false,
    needsReload: true,
  },
  ...given,
});
const server = (n: number) => ({ server: `pod${n}`, address: `10.1.0.${n}:80` });
const changes = (...listens: readonly ListenChange[]): FileChanges => ({ listens, otherSections: false });

test('a listen is added, removed, or changed in its servers, its slots, or other lines', (t) => {
  t.deepEqual(
    describeChanges(
      changes(
        change({ kind: 'added', added: [server(1)] }),
        change({ kind: 'removed' }),
        change({ removed: [server(7)], pods: { from: 14, to: 13 } }),
        change({ added: [server(1), server(2), server(3)], pods: { from: 12, to: 15 }, slots: { from: 20, to: 70 } }),
        change({ moved: [{ server: 'pod1', from: '10.1.0.1:80', to: '10.1.0.9:80' }], otherLines: true }),
      ),
    ),
    [
      'listen web is added',
      'listen web is removed',
      'listen web: 10.1.0.7:80 gone (14 to 13 pods)',
      'listen web: 12 to 15 pods, 20 to 70 slots',
      'listen web: 10.1.0.1:80 replaced by 10.1.0.9:80, other lines',
    ],
  );
});

test('sections beside the listens are one more change', (t) => {
  t.deepEqual(describeChanges({ listens: [], otherSections: true }), ['sections beside the listens change']);
});

test('of a thousand changes a log line names three', (t) => {
  const many = changes(...Array.from({ length: 1000 }, (_, i) => change({ listen: `s${i}`, kind: 'added' })));
  t.deepEqual(summarizeChanges(many), ['listen s0 is added', 'listen s1 is added', 'listen s2 is added', 'and 997 more changes']);
  t.is(describeChanges(many).length, 1000);
});
