import test from 'ava';
import fc from 'fast-check';
import { emptyHistory, type ListenCondition, listenConditions, recordStatus, samplesPerHour, spansOf } from '../../src/status/history.ts';
import { listenStatus, noon, refused } from '../support/page/sample.ts';

const steps = fc.array(
  fc.record({
    // Mostly the second between two ticks, at times a jump to the next samples, or past the hour.
    seconds: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 300, max: 5_000 }),
    ),
    pods: fc.integer({ min: 0, max: 4 }),
    slots: fc.constantFrom(20, 30),
    state: fc.constantFrom('fresh', 'asking', 'stale', 'failing'),
    left: fc.boolean(),
  }),
  { maxLength: 400 },
);

test('An hour of samples is what one table row a sample would hold, whatever comes', (t) => {
  fc.assert(
    fc.property(steps, (steps) => {
      let history = emptyHistory;
      let at = noon;
      const table = new Map<number, { pods: number; slots: number; condition: ListenCondition }>();
      for (const { seconds, pods, slots, state, left } of steps) {
        at += seconds * 1_000;
        history = recordStatus(history, [listenStatus({ pods, slots, state, left: left ? refused : null })], at);
        const sample = Math.floor(at / 10_000);
        const conditions = { fresh: 'current', asking: 'pending', stale: 'stale', failing: 'failing' } as const;
        const condition = left && state !== 'failing' ? 'held' : conditions[state];
        const before = table.get(sample)?.condition ?? 'current';
        const worst = listenConditions.indexOf(before) > listenConditions.indexOf(condition) ? before : condition;
        table.set(sample, { pods, slots, condition: worst });
      }
      const last = Math.floor(at / 10_000);
      const first = Math.min(...table.keys());
      const wanted = Array.from({ length: samplesPerHour }, (_, i) => {
        const sample = last - samplesPerHour + 1 + i;
        return sample < first ? undefined : (table.get(sample) ?? { pods: 0, slots: 0, condition: 'unknown' });
      });
      const drawn = Array.from({ length: samplesPerHour }, (): object | undefined => undefined);
      for (const { from, to, ...what } of spansOf(history, 'ingress')) drawn.fill(what, from, to);
      if (steps.length > 0) t.deepEqual(drawn, wanted);
    }),
    { numRuns: 200 },
  );
});

test('The hours of a thousand listens that change with every sample take under 6 MB, and of quiet ones next to nothing', (t) => {
  const names = Array.from({ length: 1_000 }, (_, i) => `listen-${i}`);
  let [busy, quiet] = [emptyHistory, emptyHistory];
  for (let i = 0; i < 2 * samplesPerHour; i++) {
    busy = recordStatus(
      busy,
      names.map((listen) => listenStatus({ listen, pods: i })),
      noon + i * 10_000,
    );
    quiet = recordStatus(
      quiet,
      names.map((listen) => listenStatus({ listen })),
      noon + i * 10_000,
    );
  }
  const bytes = ({ listens }: typeof busy) => [...listens.values()].reduce((sum, { length }) => sum + length * 4, 0);
  t.true(bytes(busy) <= 1_000 * 361 * 16);
  t.is(bytes(quiet), 1_000 * 16);
  t.is(spansOf(busy, 'listen-7').length, samplesPerHour);
});

test('A listen that was removed is dropped, and starts again when it comes back', (t) => {
  const one = [listenStatus({ listen: 'one' })];
  const both = [...one, listenStatus({ listen: 'two' })];
  let history = recordStatus(emptyHistory, both, noon);
  history = recordStatus(history, one, noon + 10_000);
  t.deepEqual(spansOf(history, 'two'), []);
  history = recordStatus(history, both, noon + 20_000);
  t.deepEqual(
    spansOf(history, 'two').map(({ from, to }) => [from, to]),
    [[samplesPerHour - 1, samplesPerHour]],
  );
  t.deepEqual(
    spansOf(history, 'one').map(({ from, to }) => [from, to]),
    [[samplesPerHour - 3, samplesPerHour]],
  );
});
