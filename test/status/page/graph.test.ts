import test from 'ava';
import type { HistorySpan } from '../../../src/status/history.ts';
import { describeHistory, graph } from '../../../src/status/page/graph.ts';
import { markupOf } from '../../../src/status/page/html.ts';
import { durationText, timeElement } from '../../../src/status/page/times.ts';

const spans: readonly HistorySpan[] = [
  { from: 60, to: 100, pods: 3, slots: 20, condition: 'current' },
  { from: 100, to: 112, pods: 3, slots: 20, condition: 'stale' },
  { from: 112, to: 130, pods: 0, slots: 0, condition: 'unknown' },
  { from: 130, to: 359, pods: 25, slots: 20, condition: 'current' },
  { from: 359, to: 360, pods: 25, slots: 40, condition: 'failing' },
];

test('A graph is drawn in samples and pods, so that its numbers are those of the hour', (t) => {
  const drawn = markupOf(graph(spans, 'web'));
  t.true(drawn.includes('viewBox="0 0 360 40"'));
  t.true(drawn.includes('<path class="pods" d="M60 40v-3h52V40ZM130 40v-25h230V40Z"/>'), drawn);
  t.true(drawn.includes('<path class="slots" d="M60 20h52M130 20h229v-20h1"/>'), drawn);
  t.deepEqual(drawn.match(/<rect [^>]*>/g), [
    '<rect class="current" x="60" y="5" width="40" height="1"/>',
    '<rect class="stale" x="100" y="3" width="12" height="3"/>',
    '<rect class="current" x="130" y="5" width="229" height="1"/>',
    '<rect class="failing" x="359" y="0" width="1" height="6"/>',
  ]);
});

test('Counts that change make no further bars, and an hour of changes is a short path', (t) => {
  const busy = Array.from({ length: 360 }, (_, i): HistorySpan => ({ from: i, to: i + 1, pods: i % 20, slots: 20, condition: 'current' }));
  const drawn = markupOf(graph(busy, 'web'));
  t.is(drawn.match(/<rect/g)?.length, 1);
  t.true(drawn.includes('d="M0 20v0h1v-1h1v-1h1'));
  t.true(drawn.length < 3_000, `${drawn.length}`);
});

test('A graph is described in words', (t) => {
  t.is(
    describeHistory(spans),
    '3\u201325 pods, 20\u201340 slots, old answer for 2 min, no answer or no traffic for 10 s, not recorded for 3 min, recorded for 50 min',
  );
  t.is(describeHistory([]), 'nothing recorded yet');
  t.is(describeHistory([{ from: 0, to: 360, pods: 1, slots: 20, condition: 'current' }]), '1 pod, 20 slots');
  t.true(markupOf(graph(spans, 'a"b')).includes('aria-label="a&#34;b, last hour: 3\u201325 pods'));
});

test('Durations have their two largest units', (t) => {
  for (const [seconds, words] of [
    [0, '0 s'],
    [-3, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [3_600, '1 h'],
    [3_605, '1 h'],
    [90_061, '1 d 1 h'],
  ] as const)
    t.is(durationText(seconds), words);
});

test('A moment of another day has its date', (t) => {
  const now = Date.UTC(2026, 2, 1, 0, 5);
  t.is(markupOf(timeElement('2026-03-01T00:04:05.678Z', now)), '<time datetime="2026-03-01T00:04:05.678Z">00:04:05 UTC</time>');
  t.is(markupOf(timeElement('2026-02-28T23:59:59.999Z', now)), '<time datetime="2026-02-28T23:59:59.999Z">2026-02-28 23:59:59 UTC</time>');
});
