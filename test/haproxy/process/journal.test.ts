import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { journalOf, unknownWorker } from '../../../src/haproxy/process/journal.ts';
import { processOf } from '../../../src/haproxy/process/proc.ts';
import { tempFolder } from '../../support/haproxy.ts';

async function ownProcess() {
  const own = await processOf(process.pid);
  if (own === null) throw new Error('this process is not in /proc');
  return own;
}

test('what a worker runs is recorded, for that worker only, and read by the next daemon', async (t) => {
  const output = join(await tempFolder(t), 'haproxy.cfg');
  const own = await ownProcess();
  t.is(await journalOf(output).digestOf(own), null);
  await journalOf(output).record(own, 'abc');
  t.is(await journalOf(output).digestOf(own), 'abc');
  t.deepEqual(await journalOf(output).recordedWorker(), own);
  t.is(await journalOf(output).digestOf({ ...own, start: own.start + 1 }), null, 'another process with the same pid');
  t.is(await journalOf(output).digestOf({ ...own, start: 0 }), null, 'a worker whose start is not known');
  await journalOf(output).record(unknownWorker, 'def');
  t.is(await journalOf(output).digestOf(unknownWorker), 'def');
  t.is(await journalOf(output).recordedWorker(), null);
});

test('a recorded worker that has ended does not count, nor does one of another boot', async (t) => {
  const output = join(await tempFolder(t), 'haproxy.cfg');
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const worker = await processOf(child.pid ?? 0);
  if (worker === null) return t.fail('no process');
  await journalOf(output).record(worker, 'abc');
  t.deepEqual(await journalOf(output).recordedWorker(), worker);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.is(await journalOf(output).recordedWorker(), null);
  const own = await ownProcess();
  await journalOf(output).record(own, 'abc');
  const file = join(output, '..', '.haproxy.cfg.runs');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/"boot":"[^"]*"/, '"boot":"another"'));
  t.is(await journalOf(output).digestOf(own), null);
});

test('a record of any other content or kind does not count, and is replaced', async (t) => {
  const folder = await tempFolder(t);
  const [output, file] = [join(folder, 'haproxy.cfg'), join(folder, '.haproxy.cfg.runs')];
  const own = await ownProcess();
  for (const text of ['', '{', 'null', '[]', '{"boot":1}', `{"boot":"x","pid":"1","start":1,"runs":"y"}`, ' '.repeat(1 << 20)]) {
    await writeFile(file, text);
    t.is(await journalOf(output).digestOf(own), null, text.slice(0, 40));
    t.is(await journalOf(output).recordedWorker(), null);
  }
  t.is(spawnSync('sh', ['-c', `rm ${file} && mkfifo ${file}`]).status, 0);
  t.is(await journalOf(output).digestOf(own), null, 'a named pipe is not waited for');
  await journalOf(output).record(own, 'abc');
  t.is(await journalOf(output).digestOf(own), 'abc');
});

test('the last good file is kept while the output changes, and comes back', async (t) => {
  const folder = await tempFolder(t);
  const output = join(folder, 'haproxy.cfg');
  const journal = journalOf(output);
  t.is(await journal.lastGood(), null);
  t.is(await journal.installedAt(), null);
  await journal.saveLastGood();
  t.is(await journal.lastGood(), null, 'there was no file to keep');
  await writeFile(output, 'good\n');
  await journal.saveLastGood();
  t.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.cfg')),
    ['haproxy.cfg'],
    'HAProxy loads *.cfg of a folder',
  );
  await writeFile(`${output}.new`, 'bad\n');
  t.is(spawnSync('mv', [`${output}.new`, output]).status, 0);
  t.is(await journal.lastGood(), 'good\n');
  await journal.restoreLastGood();
  t.is(await readFile(output, 'utf8'), 'good\n');
  t.is(await journal.lastGood(), null);
  await journal.saveLastGood();
  await journal.discardLastGood();
  t.is(await journal.lastGood(), null);
  t.is(await readFile(output, 'utf8'), 'good\n');
});

test('the time of installation is that of the rename, not of the content', async (t) => {
  const folder = await tempFolder(t);
  const output = join(folder, 'haproxy.cfg');
  await writeFile(`${output}.new`, 'x');
  t.is(spawnSync('touch', ['-d', '2001-01-01', `${output}.new`]).status, 0);
  t.is(spawnSync('mv', [`${output}.new`, output]).status, 0);
  const { mtimeMs, ctimeMs } = await stat(output);
  t.true(mtimeMs < ctimeMs);
  t.is(await journalOf(output).installedAt(), ctimeMs);
});

test('behind a symlink the journal is beside the file itself', async (t) => {
  const folder = await tempFolder(t);
  const real = join(folder, 'real.cfg');
  await writeFile(real, 'x');
  await symlink(real, join(folder, 'link.cfg'));
  await journalOf(join(folder, 'link.cfg')).record(unknownWorker, 'abc');
  t.true(existsSync(join(folder, '.real.cfg.runs')));
  t.is(await journalOf(real).digestOf(unknownWorker), 'abc');
});

test('candidates of killed daemons are removed, and nothing else', async (t) => {
  const folder = await tempFolder(t);
  const output = join(folder, 'haproxy.cfg');
  const left = ['.haproxy.cfg.0123456789ab.podfront', '..haproxy.cfg.runs.0123456789ab.podfront'];
  const others = ['.other.cfg.0123456789ab.podfront', '.haproxy.cfg.good', 'haproxy.cfg', '.haproxy.cfg.short.podfront'];
  for (const name of [...left, ...others]) await writeFile(join(folder, name), 'x');
  await journalOf(output).removeCandidates();
  t.deepEqual(readdirSync(folder).sort(), [...others].sort());
});

test('where nothing can be written, recording is given up silently', async (t) => {
  await t.notThrowsAsync(journalOf('/proc/nowhere/haproxy.cfg').record(unknownWorker, 'abc'));
  await t.notThrowsAsync(journalOf('/proc/nowhere/haproxy.cfg').discardLastGood());
});
