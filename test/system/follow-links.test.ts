import { chmodSync, chownSync, lchownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { journalOf } from '../../src/haproxy/process/journal.ts';
import { followLinks } from '../../src/system/follow-links.ts';
import { lockOutput } from '../../src/system/lock.ts';
import { readOutput } from '../../src/system/read-file.ts';
import { writeCandidate } from '../../src/system/write-file.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { nobody } from '../support/other-user.ts';
import { podfront } from '../support/podfront.ts';

const foreign = { code: 'system.foreign-link' };

test('symlinks of our own are followed: to a file, through a folder, relative ones, and one to nothing yet beside them', async (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real/haproxy.cfg'), 'x');
  symlinkSync('real', join(folder, 'folder'));
  symlinkSync('folder/haproxy.cfg', join(folder, 'file'));
  symlinkSync(join(folder, 'file'), join(folder, 'again'));
  const real = join(folder, 'real/haproxy.cfg');
  for (const path of ['real/haproxy.cfg', 'folder/haproxy.cfg', 'file', 'again', 'folder/../real/haproxy.cfg'])
    t.is(await followLinks(join(folder, path)), real, path);
  t.is(await followLinks(join(folder, 'folder/new.cfg')), join(folder, 'real/new.cfg'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  await t.throwsAsync(followLinks(join(folder, 'dangling')), { code: 'ENOENT', message: /symlink to a file that does not exist/ });
  symlinkSync('circle', join(folder, 'circle'));
  await t.throwsAsync(followLinks(join(folder, 'circle')), { code: 'ELOOP' });
  await t.throwsAsync(followLinks(join(folder, 'missing/file')), { code: 'ENOENT' });
});

/** A folder that everybody may write to, and in it a symlink of another user to a file that is not theirs. */
function trap(folder: string, name: string) {
  const [shared, precious] = [join(folder, 'shared'), join(folder, 'precious')];
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  writeFileSync(precious, 'precious\n');
  const link = join(shared, name);
  symlinkSync(precious, link);
  lchownSync(link, nobody, nobody);
  return { shared, precious, link };
}

needs('root')("another user's symlink is not followed by any reader or writer of the output", async (t) => {
  const { precious, link } = trap(folderOf(t), 'haproxy.cfg');
  await t.throwsAsync(followLinks(link), foreign);
  await t.throwsAsync(writeCandidate(link, 'x'), foreign);
  await t.throwsAsync(readOutput(link), foreign);
  await t.throwsAsync(lockOutput(link), foreign);
  await t.throwsAsync(journalOf(link).lastGood(), foreign);
  t.is(readFileSync(precious, 'utf8'), 'precious\n');
});

needs('root')('render names the symlink, whose it is, and the remedy, and leaves its target alone', async (t) => {
  const cwd = folderOf(t);
  const { precious, link } = trap(cwd, 'haproxy.cfg');
  writeFileSync(join(cwd, 'podfront.yaml'), 'cluster: {nameservers: ["127.0.0.1:9"]}\nlisten: {web: {podPort: 80}}\n');
  const { status, stderr } = await podfront(['render', '--offline', '--no-validate', '--haproxy-version', '2.6', link], { cwd });
  t.is(status, 5);
  t.true(stderr.includes(`the symlink ${link} belongs to user ${nobody}`), stderr);
  t.regex(stderr, /hint: name the file itself; or, if the link is yours: chown -h 0 /);
  t.is(readFileSync(precious, 'utf8'), 'precious\n');
});

needs('root')('a folder reached through a symlink of another user is not written to', async (t) => {
  const folder = folderOf(t);
  const { shared } = trap(folder, 'file');
  symlinkSync(folder, join(shared, 'folder'));
  lchownSync(join(shared, 'folder'), nobody, nobody);
  await t.throwsAsync(followLinks(join(shared, 'folder/new.cfg')), foreign);
});

needs('root').serial('a symlink of another user counts as ours where only we could put it, and not where they could', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), '');
  const link = join(folder, 'link');
  symlinkSync('file', link);
  lchownSync(link, nobody, nobody);
  chmodSync(folder, 0o755);
  t.is(await followLinks(link), join(folder, 'file'));
  chownSync(folder, nobody, nobody);
  await t.throwsAsync(followLinks(link), foreign);
  const before = process.env.SUDO_UID;
  process.env.SUDO_UID = String(nobody);
  t.teardown(() => {
    if (before === undefined) delete process.env.SUDO_UID;
    else process.env.SUDO_UID = before;
  });
  t.is(await followLinks(link), join(folder, 'file'), 'whoever calls sudo');
});

needs('root')("another user's symlink in place of the record is neither read nor followed, but replaced", async (t) => {
  const folder = folderOf(t);
  const { shared, precious, link } = trap(folder, '.haproxy.cfg.runs');
  const worker = { pid: 0, start: 0 };
  const elsewhere = journalOf(join(folder, 'haproxy.cfg'));
  await elsewhere.record(worker, 'digest');
  writeFileSync(precious, readFileSync(join(folder, '.haproxy.cfg.runs')));
  const journal = journalOf(join(shared, 'haproxy.cfg'));
  t.is(await elsewhere.digestOf(worker), 'digest');
  t.is(await journal.digestOf(worker), null);
  const before = readFileSync(precious, 'utf8');
  await journal.record(worker, 'another');
  t.is(await journal.digestOf(worker), 'another');
  t.is(readFileSync(precious, 'utf8'), before);
  t.notThrows(() => readFileSync(link));
});
