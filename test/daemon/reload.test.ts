import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import type { Status } from '../../src/status/status.ts';
import { atWork, eventually, type Frontend, type Over } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');

/** A second listen on the same pods. */
const second = (front: Pick<Frontend, 'pods'>, port: number, more: Readonly<Record<string, unknown>> = {}) => ({
  second: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'http', ...more },
});

const methods: Readonly<Record<string, (front: Frontend) => Readonly<Record<string, unknown>>>> = {
  'the master socket': ({ folder }) => ({ reload: { master: join(folder, 'master.sock') } }),
  'SIGUSR2 to the pid in a file': ({ folder }) => ({ reload: { pidfile: join(folder, 'haproxy.pid') } }),
  'SIGUSR2, seen over the stats socket': ({ folder }) => ({
    reload: { pidfile: join(folder, 'haproxy.pid') },
    socket: join(folder, 'stats.sock'),
    layout: 'full',
  }),
  'a command, seen over the stats socket': ({ folder }) => ({
    reload: { command: ['sh', '-c', `kill -USR2 $(cat ${join(folder, 'haproxy.pid')})`] },
    socket: join(folder, 'stats.sock'),
  }),
};

for (const [name, haproxyWith] of Object.entries(methods)) {
  haproxyTest(`A reload by ${name} is seen done, and a failed one is rolled back and not tried twice`, async (t) => {
    const over = (front: Frontend, more: Over = {}): Over => ({ haproxy: haproxyWith(front), ...more });
    const { front, watching, haproxy } = await atWork(t, over);
    const port = await reservePort();
    await front.configure(over(front, { listen: second(front, port) }));
    await watching.until(({ reloads }) => reloads === 1);
    t.regex(await front.get(port), /^pod/);
    const good = await front.text();

    // A socket in a folder that does not exist passes `haproxy -c` and fails at the reload.
    await front.configure(over(front, { listen: second(front, port, { haproxyExtraConfig: 'bind /nonexistent/podfront.sock' }) }));
    const { lastReload } = await watching.until(({ failedReloads }) => failedReloads === 1);
    t.is(lastReload?.problem?.code, 'reload.failed');
    t.is(await front.text(), good);
    t.regex(await front.get(port), /^pod/);
    const { haproxy: after, refused } = await watching.status();
    t.is(refused.length, 1);
    const { reloads } = await haproxy.processes();
    await front.scale(4);
    await eventually('a refresh goes on', async () => /init-addr 127.*\.4$/m.test(await front.text()));
    t.is((await haproxy.processes()).reloads, reloads);
    t.is(after.state, 'running');

    await front.configure(over(front));
    await watching.until(({ reloads, refused }) => reloads === 2 && refused.length === 0);
    await t.throwsAsync(front.get(port));
  });
}

haproxyTest('A port that another program took, and an address that is not ours, leave that listen out and the others go on', async (t) => {
  const pace = { reloadEvery: '4s' };
  const { front, watching, haproxy } = await atWork(t, { pace });
  const taken = await reservePort();
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const third = await reservePort();
  await front.configure({
    pace,
    listen: {
      ...second(front, taken),
      third: { ...second(front, third).second },
      fourth: { ...second(front, 1).second, binds: ['198.51.100.77:4443'] },
    },
  });
  const left = (listens: Status['listens']) => listens.map(({ listen, left }) => [listen, left?.code ?? null]);
  const expected = [
    ['web', null],
    ['second', 'bind.taken'],
    ['third', null],
    ['fourth', 'bind.not-owned'],
  ];
  t.deepEqual(left((await watching.until(({ reloads, listens }) => reloads === 1 && listens.length === 4)).listens), expected);
  // A turn before the next reload is due cannot look at them again, and does not take them for well.
  await front.scale(3);
  t.deepEqual(left((await watching.until(({ listens }) => listens[0]?.pods === 3)).listens), expected);
  t.false(/the listen is served as configured/.test(watching.said()));
  t.regex(await front.get(third), /^pod/);
  t.is((await haproxy.processes()).failed, 0);
  other.close();
  await watching.until(({ reloads }) => reloads === 2);
  t.regex(await front.get(taken), /^pod/);
});

haproxyTest('A listen that HAProxy refuses is left as it was, with its reason, and the others go on', async (t) => {
  const { front, watching } = await atWork(t);
  const [port, third] = [await reservePort(), await reservePort()];
  await front.configure({ listen: second(front, port) });
  await watching.until(({ reloads }) => reloads === 1);
  await front.configure({ listen: { ...second(front, port, { haproxyExtraConfig: 'nonsense' }), third: second(front, third).second } });
  const { listens } = await watching.until(({ reloads }) => reloads === 2);
  t.is(listens.find(({ listen }) => listen === 'second')?.left?.code, 'haproxy.refused');
  t.regex(await front.get(port), /^pod/);
  t.regex(await front.get(third), /^pod/);
  t.regex((await watching.get('/metrics')).text, /^podfront_listen_left\{listen="second",code="haproxy\.refused"\} 1$/m);
});

haproxyTest('What failed is not retried because its file was rewritten, and is retried once on SIGHUP', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  const listen = second(front, await reservePort(), { haproxyExtraConfig: 'bind /nonexistent/podfront.sock' });
  await front.configure({ listen });
  await watching.until(({ failedReloads }) => failedReloads === 1);
  const { reloads } = await haproxy.processes();
  // As an editor does it that first makes the file empty; slowly.
  await writeFile(front.config, '');
  await watching.until(({ config }) => config.problem !== null);
  await front.configure({ listen });
  const { refused, listens } = await watching.until(({ config }) => config.problem === null);
  t.deepEqual([refused.length, listens[1]?.left?.code], [1, 'reload.failed']);
  await front.scale(3);
  await watching.until(({ listens }) => listens[0]?.pods === 3);
  t.is((await haproxy.processes()).reloads, reloads);
  t.is((await watching.status()).failedReloads, 1);
  watching.kill('SIGHUP');
  await watching.until(({ failedReloads }) => failedReloads === 2);
});
