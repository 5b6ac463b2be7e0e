import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { writeCandidate } from '../../src/system/write-file.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

test('a candidate is beside the file that it replaces, and replaces it only when it is committed', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, 'old\n');
  const candidate = await writeCandidate(file, 'new\n');
  t.is(readFileSync(file, 'utf8'), 'old\n');
  t.is(readFileSync(candidate.file, 'utf8'), 'new\n');
  t.is(statSync(candidate.file).dev, statSync(file).dev);
  await candidate.commit();
  t.is(readFileSync(file, 'utf8'), 'new\n');
  t.deepEqual(readdirSync(folder), ['haproxy.cfg']);
});

test('a discarded candidate leaves nothing behind', async (t) => {
  const folder = folderOf(t);
  const candidate = await writeCandidate(join(folder, 'haproxy.cfg'), 'new\n');
  await candidate.discard();
  t.deepEqual(readdirSync(folder), []);
});

test('the mode of the target is kept, and a new file is readable by all', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'haproxy.cfg');
  await (await writeCandidate(file, 'one\n')).commit();
  t.is(statSync(file).mode & 0o7777, 0o644);
  chmodSync(file, 0o640);
  await (await writeCandidate(file, 'two\n')).commit();
  t.is(statSync(file).mode & 0o7777, 0o640);
});

needs('root')('the owner of the target is kept', async (t) => {
  const file = join(folderOf(t), 'haproxy.cfg');
  writeFileSync(file, 'one\n');
  chownSync(file, 12_345, 23_456);
  await (await writeCandidate(file, 'two\n')).commit();
  t.like(statSync(file), { uid: 12_345, gid: 23_456 });
});

test('a symlink stays a symlink, and the file it points at is replaced in its own folder', async (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real', 'a.cfg'), 'old\n');
  symlinkSync('real/a.cfg', join(folder, 'link.cfg'));
  const candidate = await writeCandidate(join(folder, 'link.cfg'), 'new\n');
  t.is(candidate.replaces, join(folder, 'real', 'a.cfg'));
  await candidate.commit();
  t.true(lstatSync(join(folder, 'link.cfg')).isSymbolicLink());
  t.is(readFileSync(join(folder, 'real', 'a.cfg'), 'utf8'), 'new\n');
});

test('a missing folder, a dangling symlink and a folder in the file’s place are refused, and nothing is left behind', async (t) => {
  const folder = folderOf(t);
  await t.throwsAsync(writeCandidate(join(folder, 'missing', 'a.cfg'), 'x'), { code: 'ENOENT' });
  symlinkSync('nowhere', join(folder, 'link.cfg'));
  await t.throwsAsync(writeCandidate(join(folder, 'link.cfg'), 'x'), { code: 'ENOENT' });
  mkdirSync(join(folder, 'dir'));
  await t.throwsAsync(writeCandidate(join(folder, 'dir'), 'x'), { code: 'EISDIR' });
  t.deepEqual(readdirSync(folder).sort(), ['dir', 'link.cfg']);
});
