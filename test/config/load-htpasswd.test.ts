import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { loadHtpasswd } from '../../src/config/load-htpasswd.ts';
import { Problem } from '../../src/problem/problem.ts';
import { writeCandidate } from '../../src/system/write-file.ts';
import { config, listen } from '../support/config-sample.ts';
import { folderOf } from '../support/folder.ts';
import { hashes } from '../support/hashes.ts';

test('the users of every listen are read, and the faults of all files are reported together', (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'htpasswd');
  writeFileSync(file, `alice:${hashes.verified.sha512}\n`);
  const auth = { file, group: null, groupFile: null };
  const good = listen({ name: 'good', basicAuth: auth });
  t.deepEqual([...loadHtpasswd(config([good, listen()]))], [['good', [{ user: 'alice', hash: hashes.verified.sha512 }]]]);

  mkdirSync(join(folder, 'folder'));
  const absent = listen({ name: 'absent', basicAuth: { ...auth, file: join(folder, 'nothing') } });
  const isFolder = listen({ name: 'folder', basicAuth: { ...auth, group: 'x', groupFile: join(folder, 'folder') } });
  const thrown = t.throws(() => loadHtpasswd(config([good, absent, isFolder])), { instanceOf: Problem });
  t.deepEqual(
    thrown?.parts.map(({ code, message }) => `${code} ${message.replace(folder, '')}`),
    [
      'auth.unreadable cannot read /nothing, which basicAuth of listen absent names: there is no such file',
      'auth.unreadable cannot read /folder, which basicAuth of listen folder names: it is a folder',
    ],
  );
});

test('a file with password hashes is never readable by others, new or not', async (t) => {
  const file = join(folderOf(t), 'haproxy.cfg');
  const secret = `userlist _users_web\n    user alice password ${hashes.verified.sha512}\n`;
  await (await writeCandidate(file, secret, { secret: true })).commit();
  t.is(statSync(file).mode & 0o7777, 0o640);
  await (await writeCandidate(file, 'listen web\n')).commit();
  t.is(statSync(file).mode & 0o7777, 0o640);
  const exposed = join(folderOf(t), 'exposed.cfg');
  writeFileSync(exposed, 'listen web\n', { mode: 0o644 });
  const candidate = await writeCandidate(exposed, secret, { secret: true });
  t.is(statSync(candidate.file).mode & 0o7777, 0o640);
  await candidate.commit();
  t.is(statSync(exposed).mode & 0o7777, 0o640);
});
