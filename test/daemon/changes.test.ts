import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { atWork, eventually, frontend, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');

haproxyTest('A listen that is added is served after one reload, and gone after it is removed', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  const port = await reservePort();
  await front.configure({
    listen: { second: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'http' } },
  });
  await watching.until(({ reloads }) => reloads === 1);
  t.regex(await front.get(port), /^pod 127\./);
  await front.configure();
  await watching.until(({ reloads }) => reloads === 2);
  await t.throwsAsync(front.get(port));
  t.deepEqual([(await haproxy.processes()).reloads, (await haproxy.processes()).failed], [2, 0]);
});

haproxyTest('A broken edit is reported with its place, what ran goes on, and mending it is enough', async (t) => {
  const { front, watching } = await atWork(t);
  const before = await front.text();
  await writeFile(front.config, 'listen:\n  web: {podPort: 80, binds: ["[2a02:238:f030:::1000]:443"]}\n');
  await watching.says(/podfront\.yaml:2:\d+: listen\.web\.binds\[0\]/);
  const { config, haproxy, listens } = await watching.status();
  t.is(config.problem?.code, 'config.invalid');
  t.true(haproxy.current);
  t.is(listens[0]?.state, 'fresh');
  t.is(await front.text(), before);
  t.regex((await watching.get('/metrics')).text, /^podfront_config_refused 1$/m);
  await front.configure();
  await watching.until(({ config }) => config.problem === null);
  t.is((await watching.status()).reloads, 0);
});

haproxyTest('A symlink that is retargeted, a rename and a file that comes back are seen without any event', async (t) => {
  const front = await frontend(t);
  const [one, two] = [join(front.folder, 'one'), join(front.folder, 'two')];
  await rename(front.config, one);
  await symlink(one, front.config);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);

  await front.configure({ haproxy: { global: 'maxconn 111' } });
  await eventually('an edit behind the symlink is in the file', async () => (await front.text()).includes('maxconn 111'));
  await writeFile(two, (await readFile(one, 'utf8')).replace('maxconn 111', 'maxconn 222'));
  await symlink(two, `${front.config}.new`);
  await rename(`${front.config}.new`, front.config);
  await eventually('the other target is in the file', async () => (await front.text()).includes('maxconn 222'));

  await rm(front.config);
  await watching.says(/there is no such file/);
  t.true((await front.text()).includes('maxconn 222'));
  await symlink(one, front.config);
  await eventually('the file that came back is in force', async () => (await front.text()).includes('maxconn 111'));
});

haproxyTest('SIGHUP reads the configuration again, and SIGTERM ends it and leaves HAProxy alone', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  const from = watching.said().length;
  watching.kill('SIGHUP');
  await watching.says(/keeping .*haproxy\.cfg/, from);
  watching.kill('SIGTERM');
  t.is(await watching.ended, 0);
  t.regex(await front.get(), /^pod/);
  t.is((await haproxy.processes()).reloads, 0);
});

haproxyTest('Only one daemon manages a file; the lock of one that was killed is taken over', async (t) => {
  const front = await frontend(t);
  const first = startWatch(t, front);
  await first.says(/wrote the file/);
  const second = startWatch(t, front);
  t.is(await second.ended, 5);
  t.regex(second.said(), /another podfront already manages .*haproxy\.cfg/);
  first.kill('SIGKILL');
  await first.ended;
  const third = startWatch(t, front);
  await third.until(({ ready }) => ready);
});
