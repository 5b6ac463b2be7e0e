import test from 'ava';
import { openEventQueue } from '../../src/daemon/event-queue.ts';
import { openFakeClock } from '../support/fake-clock.ts';

const { signal } = new AbortController();

test('events come in order, all at once', async (t) => {
  const queue = openEventQueue<string>(openFakeClock());
  queue.post('a');
  queue.post('b');
  t.deepEqual(await queue.take(null, signal), ['a', 'b']);
});

test('the reader waits for the first event, and at most until the given time', async (t) => {
  const clock = openFakeClock();
  const queue = openEventQueue<string>(clock);
  const taken: (readonly string[])[] = [];
  const read = queue.take(5_000, signal).then((events) => taken.push(events));
  await clock.advance(4_999);
  t.deepEqual(taken, []);
  await clock.advance(1);
  await read;
  t.deepEqual(taken, [[]]);
  const second = queue.take(null, signal);
  await clock.settle();
  queue.post('a');
  t.deepEqual(await second, ['a']);
});

test('a time that has passed is not waited for, and one beyond the longest timer is', async (t) => {
  const clock = openFakeClock(10_000);
  const queue = openEventQueue<string>(clock);
  t.deepEqual(await queue.take(9_000, signal), []);
  const read = queue.take(Number.MAX_SAFE_INTEGER, signal);
  await clock.settle();
  queue.post('a');
  t.deepEqual(await read, ['a']);
});

test('the signal ends the wait with its reason', async (t) => {
  const stop = new AbortController();
  const clock = openFakeClock();
  const read = openEventQueue<string>(clock).take(null, stop.signal);
  await clock.settle();
  stop.abort(new Error('enough'));
  await t.throwsAsync(read, { message: 'enough' });
});
