import { readFileSync } from 'node:fs';
import test from 'ava';
import { processOf } from '../../src/haproxy/process/proc.ts';
import { exec } from '../../src/system/exec.ts';
import { eventually } from '../support/daemon-frontend.ts';
import { folderOf } from '../support/folder.ts';

const node = (code: string) => ['-e', code] as const;
const options = { env: {}, timeout: 60_000, signal: new AbortController().signal };

test('a program that ends gives its status and both of its outputs', async (t) => {
  t.deepEqual(await exec(process.execPath, node('console.log(1); console.error(2); process.exitCode = 3'), options), {
    kind: 'exited',
    status: 3,
    stdout: '1\n',
    stderr: '2\n',
  });
});

test('a program that does not exist is missing, not an exception', async (t) => {
  t.deepEqual(await exec('/nonexistent/haproxy', [], options), { kind: 'missing', why: 'ENOENT' });
});

test('a program that exceeds its time is killed, and so is one whose signal is aborted', async (t) => {
  t.deepEqual(await exec(process.execPath, node('setInterval(() => {}, 1e6)'), { ...options, timeout: 50 }), { kind: 'timeout', ms: 50 });
  const stop = new AbortController();
  const ended = exec(process.execPath, node('setInterval(() => {}, 1e6)'), { ...options, signal: stop.signal });
  stop.abort();
  t.like(await ended, { kind: 'killed', signal: 'SIGKILL' });
});

test('the processes that a killed program started end with it', async (t) => {
  // The shell waits for a child of its own, which has the outputs too.
  const folder = folderOf(t);
  const script = `sleep 600 & echo $! > ${folder}/pid; wait`;
  const stop = new AbortController();
  const ended = exec('sh', ['-c', script], { ...options, env: { PATH: process.env.PATH }, signal: stop.signal });
  const pid = () => Number(readFileSync(`${folder}/pid`, 'utf8'));
  await eventually('it has started', async () => (await processOf(pid())) !== null);
  stop.abort();
  t.like(await ended, { kind: 'killed', signal: 'SIGKILL' });
  await eventually('it is gone', async () => (await processOf(pid())) === null);
});

test('a program that leaves a process behind with its outputs open has ended', async (t) => {
  const ended = await exec('sh', ['-c', 'sleep 600 & echo $!; exit 3'], { ...options, env: { PATH: process.env.PATH } });
  if (ended.kind !== 'exited') return t.fail(ended.kind);
  t.is(ended.status, 3);
  t.notThrows(() => process.kill(Number(ended.stdout), 'SIGKILL'), 'it goes on');
});

test('the child sees the environment it is given and no other', async (t) => {
  const ended = await exec(process.execPath, node('console.log(Object.keys(process.env).join())'), { ...options, env: { ONLY: '1' } });
  t.like(ended, { stdout: 'ONLY\n' });
});
