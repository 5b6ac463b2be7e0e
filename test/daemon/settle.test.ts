import test from 'ava';
import { extendWindow, settledAt } from '../../src/daemon/settle.ts';

const settle = { min: 200, max: 5000 };

test('a change is acted on after the quiet time', (t) => {
  t.is(settledAt(extendWindow(null, 1000), settle), 1200);
});

test('each further change restarts the quiet time, up to the longest wait', (t) => {
  let waiting = extendWindow(null, 1000);
  for (let now = 1000; now <= 5900; now += 100) waiting = extendWindow(waiting, now);
  t.is(settledAt(waiting, settle), 6000);
  t.is(settledAt(extendWindow(extendWindow(null, 1000), 1150), settle), 1350);
});
