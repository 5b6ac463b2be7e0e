import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { atWork, eventually, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const withHaproxy = needs('haproxy').serial;

withHaproxy('an output that is removed or changed by hand is put back without a reload, and the log names it', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  await front.scale(5);
  await watching.until(({ listens }) => listens[0]?.pods === 5);
  await eventually('the file has all pods', async () => (await front.text()).includes('server pod5 '));
  const [before, worker] = [await front.text(), (await haproxy.processes()).workers];
  for (const [what, change] of [
    ['removed', () => rm(front.output)],
    ['changed', () => appendFile(front.output, '# by hand\n')],
    ['changed', () => writeFile(front.output, before.replace('balance leastconn', 'balance roundrobin'))],
  ] as const) {
    const from = watching.said().length;
    await change();
    await eventually('the file is back', async () => (await front.text()) === before);
    await watching.says(new RegExp(`${front.output} was ${what} by another program or user`), from);
    await watching.says(/nothing to do: the file is up to date/, from);
  }
  await watching.until(isCurrent);
  t.deepEqual((await haproxy.processes()).workers, worker);
  t.is((await watching.status()).reloads, 0);
});

withHaproxy('after the output was removed a new listen is served, whoever reads the file first', async (t) => {
  const { front, watching } = await atWork(t);
  const port = await reservePort();
  await rm(front.output);
  await front.configure({ listen: { more: { serviceName: 'web', binds: [`127.0.0.1:${port}`], podPort: front.pods.port, mode: 'http' } } });
  await eventually('the new listen answers', async () => (await front.get(port)) !== '');
  t.notRegex(watching.said(), /bind\.taken/);
  t.true((await front.get()) !== '');
});

withHaproxy('a daemon that starts without the output does not take HAProxy for another program', async (t) => {
  const { front, watching } = await atWork(t);
  watching.kill('SIGTERM');
  await watching.ended;
  await rm(front.output);
  await rm(join(front.folder, '.haproxy.cfg.runs'), { force: true });
  const again = startWatch(t, front);
  await again.until(isCurrent);
  t.notRegex(again.said(), /bind\.taken/);
  t.true((await front.get()) !== '');
});

withHaproxy("HAProxy's warnings of a file are logged once, with whose line it is", async (t) => {
  const front = await frontend(t);
  // HAProxy warns of `option httplog` in a proxy of mode tcp.
  const haproxyExtraConfig = 'option httplog';
  const more = { serviceName: 'web', binds: [`127.0.0.1:${await reservePort()}`], podPort: front.pods.port, haproxyExtraConfig };
  await front.configure({ listen: { more } });
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  await front.startHaproxy();
  await watching.until(isCurrent);
  await front.configure({ listen: { more: { ...more, mode: 'tcp', balance: 'roundrobin' } } });
  await watching.until(({ reloads }) => reloads > 0);
  const warnings = watching.said().match(/^.*code=haproxy\.warnings.*$/gm) ?? [];
  t.is(warnings.length, 1, warnings.join('\n'));
  t.regex(warnings[0] ?? '', /listen more: .*option httplog/);
});
