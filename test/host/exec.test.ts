import test from 'ava';
import { exec } from '../../src/host/exec.ts';

const node = (code: string) => ['-e', code] as const;
const options = { env: {}, limit: 60_000, signal: new AbortController().signal };

test('a program that ends gives its status and both of its outputs', async (t) => {
  t.deepEqual(await exec(process.execPath, node('console.log(1); console.error(2); process.exitCode = 3'), options), {
    kind: 'exited',
    status: 3,
    stdout: '1\n',
    stderr: '2\n',
  });
});

test('a program that is not there is missing, not an exception', async (t) => {
  t.deepEqual(await exec('/nonexistent/haproxy', [], options), { kind: 'missing', why: 'ENOENT' });
});

test('a program that overstays is killed, and one that is told to stop too', async (t) => {
  t.deepEqual(await exec(process.execPath, node('setInterval(() => {}, 1e6)'), { ...options, limit: 50 }), { kind: 'timeout', ms: 50 });
  const stop = new AbortController();
  const ended = exec(process.execPath, node('setInterval(() => {}, 1e6)'), { ...options, signal: stop.signal });
  stop.abort();
  t.like(await ended, { kind: 'killed', signal: 'SIGKILL' });
});

test('the child sees the environment it is given and no other', async (t) => {
  const ended = await exec(process.execPath, node('console.log(Object.keys(process.env).join())'), { ...options, env: { ONLY: '1' } });
  t.like(ended, { stdout: 'ONLY\n' });
});
