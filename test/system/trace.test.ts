import test from 'ava';
import { exec } from '../../src/system/exec.ts';
import { onTrace, trace } from '../../src/system/trace.ts';

test('a sentence is composed only while there is a listener', (t) => {
  const heard: string[] = [];
  trace(() => t.fail('nobody listens') as never);
  const end = onTrace((sentence) => heard.push(sentence));
  trace(() => 'one');
  end();
  trace(() => t.fail('nobody listens any more') as never);
  t.deepEqual(heard, ['one']);
});

test.serial('a program that is run is traced with its end', async (t) => {
  const heard: string[] = [];
  const end = onTrace((sentence) => heard.push(sentence));
  t.teardown(end);
  await exec('sh', ['-c', 'exit 3'], { env: {}, timeout: 60_000, signal: new AbortController().signal });
  t.regex(heard.join('\n'), /^ran sh -c exit 3: (exit status 3|missing), \d+ ms$/m);
});
