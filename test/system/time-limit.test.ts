import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { withTimeLimit } from '../../src/system/time-limit.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const untilAborted = async (signal: AbortSignal): Promise<string> => {
  if (!signal.aborted) await once(signal, 'abort');
  return (signal.reason as Error).name;
};

test('work ends when the time is over, also after garbage was collected meanwhile', async (t) => {
  const ended = withTimeLimit(50, new AbortController().signal, untilAborted);
  collectGarbage();
  t.is(await ended, 'TimeoutError');
});

test('work ends with the signal that was given, before or while it runs', async (t) => {
  const stop = new AbortController();
  const ended = withTimeLimit(60_000, stop.signal, untilAborted);
  stop.abort();
  t.is(await ended, 'AbortError');
  t.is(await withTimeLimit(60_000, stop.signal, untilAborted), 'AbortError');
});

test('what the work returns or throws is passed on', async (t) => {
  const never = new AbortController().signal;
  t.is(await withTimeLimit(60_000, never, () => Promise.resolve(7)), 7);
  await t.throwsAsync(
    withTimeLimit(60_000, never, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
});
