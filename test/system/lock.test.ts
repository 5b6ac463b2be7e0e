import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { lockOutput } from '../../src/system/lock.ts';
import { folderOf } from '../support/folder.ts';

test('an output has one daemon at a time, whatever path names it', async (t) => {
  const folder = folderOf(t);
  const output = join(folder, 'haproxy.cfg');
  writeFileSync(output, '');
  symlinkSync(output, join(folder, 'link.cfg'));
  const lock = await lockOutput(output);
  await t.throwsAsync(lockOutput(output), { code: 'watch.locked' });
  await t.throwsAsync(lockOutput(join(folder, 'link.cfg')), { code: 'watch.locked' });
  const other = await lockOutput(join(folder, 'other.cfg'));
  await lock.release();
  await (await lockOutput(output)).release();
  await other.release();
  t.deepEqual(readdirSync(folder), ['haproxy.cfg', 'link.cfg']);
});

test('of many that start together one has it', async (t) => {
  const output = join(folderOf(t), 'haproxy.cfg');
  const locks = await Promise.allSettled(Array.from({ length: 20 }, () => lockOutput(output)));
  const held = locks.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  t.is(held.length, 1);
  await held[0]?.release();
});

test('a process that was killed leaves a lock that the next one takes over', async (t) => {
  const output = join(folderOf(t), 'haproxy.cfg');
  const lock = fileURLToPath(new URL('../../src/system/lock.ts', import.meta.url));
  const program = `import(${JSON.stringify(lock)}).then(async ({ lockOutput }) => { await lockOutput(${JSON.stringify(output)}); console.log('locked'); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await t.throwsAsync(lockOutput(output), { code: 'watch.locked' });
  child.kill('SIGKILL');
  await once(child, 'close');
  await (await lockOutput(output)).release();
});

test('a file that is not a lock is replaced, and a missing folder is reported', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, '.haproxy.cfg.lock'), 'not a socket');
  await (await lockOutput(join(folder, 'haproxy.cfg'))).release();
  await t.throwsAsync(lockOutput(join(folder, 'none', 'haproxy.cfg')), { code: 'apply.unwritable' });
});

test('a path that is longer than the name of a socket may be is locked, too', async (t) => {
  const folder = join(folderOf(t), 'x'.repeat(150));
  mkdirSync(folder);
  const output = join(folder, `${'y'.repeat(240)}.cfg`);
  const lock = await lockOutput(output);
  await t.throwsAsync(lockOutput(output), { code: 'watch.locked' });
  await lock.release();
  t.deepEqual(readdirSync(folder), []);
});
