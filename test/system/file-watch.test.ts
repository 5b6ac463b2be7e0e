import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { systemClock } from '../../src/system/clock.ts';
import { contentDigest, watchFiles } from '../../src/system/file-watch.ts';
import { folderOf } from '../support/folder.ts';

test('a new file, other content, another link target and a new file in a folder change the digest; touching a file does not', async (t) => {
  const folder = folderOf(t);
  const [file, link, parts] = [join(folder, 'users'), join(folder, 'link'), join(folder, 'parts')] as const;
  mkdirSync(parts);
  const watched = { read: [file, link, parts], stamped: [] };
  const cache = new Map();
  const digests = [await contentDigest(watched, cache)];
  const look = async (change: () => void) => {
    change();
    digests.push(await contentDigest(watched, cache));
  };
  await look(() => writeFileSync(file, 'one'));
  await look(() => writeFileSync(file, 'two'));
  await look(() => symlinkSync(file, link));
  await look(() => {
    writeFileSync(join(folder, 'other'), 'two');
    symlinkSync(join(folder, 'other'), join(folder, 'new'));
    renameSync(join(folder, 'new'), link);
  });
  await look(() => writeFileSync(join(parts, 'a.cfg'), ''));
  t.is(new Set(digests).size, digests.length);
  utimesSync(file, 1, 1);
  writeFileSync(join(parts, 'README'), '');
  t.is(await contentDigest(watched, cache), digests.at(-1) ?? '');
});

test('files with keys are compared by inode and times, also in a folder, and need not be readable', async (t) => {
  const folder = folderOf(t);
  const [key, certs] = [join(folder, 'key.pem'), join(folder, 'certs')] as const;
  mkdirSync(certs);
  const watched = { read: [], stamped: [key, certs] };
  const digests = [await contentDigest(watched)];
  for (const change of [
    () => writeFileSync(key, 'one', { mode: 0 }),
    () => utimesSync(key, 1, 1),
    () => writeFileSync(join(certs, 'a.pem'), ''),
    () => renameSync(join(certs, 'a.pem'), join(certs, 'b.pem')),
  ]) {
    change();
    digests.push(await contentDigest(watched));
  }
  t.is(new Set(digests).size, digests.length);
});

test('a change between reading and watching is noticed', async (t) => {
  const file = join(folderOf(t), 'podfront.yaml');
  writeFileSync(file, 'one');
  const watched = { read: [file], stamped: [] };
  const known = await contentDigest(watched);
  writeFileSync(file, 'two');
  const stop = new AbortController();
  const watching = watchFiles(
    () => watched,
    known,
    () => stop.abort('told'),
    systemClock,
    stop.signal,
  );
  t.is(await watching.catch((why: unknown) => why), 'told');
});
