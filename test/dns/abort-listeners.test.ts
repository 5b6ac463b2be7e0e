import { getEventListeners } from 'node:events';
import test from 'ava';
import { shareAbortListeners } from '../../src/dns/abort-listeners.ts';

test('a thousand listeners of one signal are one event listener, and none when all have stopped', (t) => {
  const stop = new AbortController();
  const onAbort = shareAbortListeners();
  let calls = 0;
  const stops = Array.from({ length: 1000 }, () => onAbort(stop.signal, () => calls++));
  t.is(getEventListeners(stop.signal, 'abort').length, 1);
  for (const each of stops.slice(1)) each();
  stop.abort();
  t.is(calls, 1);
  stops[0]?.();
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
});

test('a listener may stop itself and others while the signal aborts', (t) => {
  const stop = new AbortController();
  const onAbort = shareAbortListeners();
  const called: string[] = [];
  const first = onAbort(stop.signal, () => {
    called.push('first');
    first();
    second();
  });
  const second = onAbort(stop.signal, () => called.push('second'));
  stop.abort();
  t.deepEqual(called, ['first']);
});
