import { writeFileSync } from 'node:fs';
import { rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { atWork, eventually } from '../support/daemon-frontend.ts';
import { hashes } from '../support/hashes.ts';
import { needs } from '../support/needs.ts';
import { ask } from '../support/ways-in.ts';

const haproxyTest = needs('haproxy');
const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:pw`).toString('base64')}` });

haproxyTest('A new password is in force after one reload; a damaged one is reported and changes nothing; no hash is shown', async (t) => {
  let file = '';
  const port = await reservePort();
  const { front, watching } = await atWork(t, ({ folder, pods }) => {
    file = join(folder, 'users');
    writeFileSync(file, `alice:${hashes.verified.sha512}:login\nbob:${hashes.verified.sha256}\n`);
    return {
      listen: {
        secret: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: pods.port, mode: 'http', basicAuth: { file, group: 'login' } },
      },
    };
  });
  const statusOf = async (user: string) => (await ask({ port, headers: basic(user) })).status;
  t.deepEqual([await statusOf('alice'), await statusOf('bob')], [200, 401]);

  await writeFile(file, `alice:${hashes.refused.apr1}:login\n`);
  await watching.until(({ config }) => config.problem?.code === 'auth.invalid');
  t.deepEqual([await statusOf('alice'), await statusOf('bob')], [200, 401]);

  await writeFile(file, `alice:${hashes.verified.sha512}\nbob:${hashes.verified.sha256}:login\n`);
  await watching.until(({ config, reloads }) => config.problem === null && reloads === 1);
  await eventually('the other may', async () => (await statusOf('alice')) === 401 && (await statusOf('bob')) === 200);

  t.is((await stat(front.output)).mode & 0o007, 0);
  const shown = [watching.said(), JSON.stringify(await watching.status()), (await watching.get('/metrics')).text].join('\n');
  for (const hash of [hashes.verified.sha512, hashes.verified.sha256, hashes.refused.apr1]) t.false(shown.includes(hash.slice(3)));
});

haproxyTest('A password file that comes later, and one behind a symlink that is retargeted, are seen without an edit', async (t) => {
  const port = await reservePort();
  const { front, watching } = await atWork(t);
  const [file, real, other] = ['users', 'real', 'other'].map((name) => join(front.folder, name)) as [string, string, string];
  const secret = { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'http', basicAuth: { file } };
  await front.configure({ listen: { secret } });
  await watching.until(({ config }) => config.problem?.code === 'auth.unreadable');
  t.false((await front.text()).includes('secret'));
  const statusOf = async (user: string) => (await ask({ port, headers: basic(user) })).status;

  await writeFile(real, `alice:${hashes.verified.sha512}\n`);
  await symlink(real, file);
  await watching.until(({ config, reloads }) => config.problem === null && reloads === 1);
  t.deepEqual([await statusOf('alice'), await statusOf('bob')], [200, 401]);

  await writeFile(other, `bob:${hashes.verified.sha512}\n`);
  await symlink(other, `${file}.new`);
  await rename(`${file}.new`, file);
  await watching.until(({ reloads }) => reloads === 2);
  await eventually('the other may', async () => (await statusOf('alice')) === 401 && (await statusOf('bob')) === 200);
});

haproxyTest('Of two listens on one address the one whose DNS fails answers 503 until it is back, and the other is served', async (t) => {
  const port = await reservePort();
  const broken = 'other.default.svc.cluster.local';
  const { front, watching } = await atWork(t, ({ pods, cluster }) => {
    const scene = cluster.scene();
    cluster.set({ ...scene, services: scene.services.flatMap((service) => [service, { ...service, name: 'other' }]) });
    cluster.fault('servfail', broken);
    const shared = { binds: [`127.0.0.1:${port}`], podPort: pods.port, mode: 'http' };
    return {
      listen: {
        first: { ...shared, serviceName: 'web', hosts: ['first.example.org'] },
        second: { ...shared, serviceName: 'other', hosts: ['second.example.org'] },
      },
    };
  });
  const statusOf = async (host: string) => (await ask({ port, headers: { host } })).status;
  t.is((await watching.status()).listens.find(({ listen }) => listen === 'second')?.state, 'failing');
  t.deepEqual([await statusOf('first.example.org'), await statusOf('second.example.org')], [200, 503]);
  front.cluster.fault('none');
  await watching.until(({ reloads }) => reloads === 1);
  await eventually('it is back', async () => (await statusOf('second.example.org')) === 200);
  t.is(await statusOf('first.example.org'), 200);
});
