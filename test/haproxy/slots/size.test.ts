import test from 'ava';
import fc from 'fast-check';
import { slotsAfterRelease, slotsFor } from '../../../src/haproxy/slots/size.ts';

test('a number stays a number, whatever pods there are', (t) => {
  t.is(slotsFor(7, 0), 7);
  t.is(slotsFor(7, 100), 7);
  t.is(slotsAfterRelease(7, 0, 50, 1), 7);
});

test('under auto there are 20 slots at least, and the next ten above 1.5 times the pods when they get tight', (t) => {
  const table: readonly (readonly [pods: number, slots: number])[] = [
    [0, 20],
    [1, 20],
    [18, 20],
    [19, 30],
    [20, 40],
    [30, 50],
    [100, 160],
    [600, 910],
    [700, 1000],
    [5000, 1000],
  ];
  for (const [pods, slots] of table) t.is(slotsFor('auto', pods), slots, `${pods} pods`);
});

test('slots there are stay as long as a tenth of them is free', (t) => {
  t.is(slotsFor('auto', 45, 50), 50);
  t.is(slotsFor('auto', 46, 50), 80);
  t.is(slotsFor('auto', 3, 50), 50);
});

test('growing from 1 to 1,000 pods, pod by pod, changes the slots at most 10 times', (t) => {
  let slots = slotsFor('auto', 1);
  let changes = 0;
  for (let pods = 2; pods <= 1000; pods++) {
    const next = slotsFor('auto', pods, slots);
    if (next !== slots) changes++;
    slots = next;
  }
  t.true(changes <= 10, `${changes} changes`);
  t.is(slots, 1000);
});

test('every pod up to 1,000 has a slot, and slots never shrink below the highest one in use', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 1000 }),
      (pods, before, highest) => {
        const grown = slotsFor('auto', pods, before);
        const less = slotsAfterRelease('auto', pods, grown, Math.min(highest, grown));
        return grown >= pods && less >= pods && less <= grown && less >= Math.min(highest, grown);
      },
    ),
  );
  t.pass();
});
