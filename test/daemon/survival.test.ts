import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../../demo/cluster.ts';
import { reservePort } from '../../demo/ports.ts';
import { atWork, eventually, type Frontend, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');
const rootTest = needs('haproxy', 'root');

const second = ({ pods }: Frontend, port: number) => ({
  second: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: pods.port, mode: 'http' },
});

haproxyTest('A daemon that was killed is followed by one that reloads nothing, though addresses changed in between', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  const port = await reservePort();
  await front.configure({ listen: second(front, port) });
  await watching.until(({ reloads }) => reloads === 1);
  await front.scale(3);
  await eventually('the refresh is there', async () => /init-addr 127.*\.3$/m.test(await front.text()));
  const assignments = (await front.text()).match(/server pod\d .*/g);
  watching.kill('SIGKILL');
  await watching.ended;
  t.regex(await front.get(), /^pod/);
  await front.scale(4);
  const next = startWatch(t, front);
  await next.until(isCurrent);
  await eventually('the fourth pod is there', async () => /init-addr 127.*\.4$/m.test(await front.text()));
  t.deepEqual((await front.text()).match(/server pod[123] .*/g), assignments);
  t.is((await next.status()).reloads, 0);
  t.is((await haproxy.processes()).reloads, 1);
});

haproxyTest('A change that was under way when the daemon was killed is finished by the next one', async (t) => {
  const socket = (front: Frontend) => ({ socket: join(front.folder, 'stats.sock') });
  // A reload that is asked for, and does not come.
  const { front, watching } = await atWork(t, (front) => ({ haproxy: { ...socket(front), reload: { command: ['sleep', '60'] } } }));
  const port = await reservePort();
  await front.configure({ listen: second(front, port), haproxy: { ...socket(front), reload: { command: ['sleep', '61'] } } });
  await eventually('the new file is in place', async () => (await front.text()).includes('listen second'));
  t.deepEqual(
    (await readdir(front.folder)).filter((name) => name.endsWith('.good')),
    ['.haproxy.cfg.good'],
  );
  watching.kill('SIGKILL');
  await watching.ended;
  await front.configure({ listen: second(front, port), haproxy: socket(front) });
  const next = startWatch(t, front);
  await next.until(isCurrent);
  t.regex(await front.get(port), /^pod/);
  t.deepEqual(
    (await readdir(front.folder)).filter((name) => name.endsWith('.good')),
    [],
  );
});

for (const fault of ['silent', 'servfail', 'refused', 'garbage', 'truncate'] as const satisfies readonly Fault[]) {
  haproxyTest(`No server is lost while cluster DNS is ${fault}, HAProxy restarted meanwhile included`, async (t) => {
    const { front, watching, haproxy } = await atWork(t);
    front.cluster.fault(fault);
    // Truncated answers are no failure: HAProxy is told to ask over TCP, which takes a reload.
    if (fault === 'truncate') await watching.until((status) => isCurrent(status) && status.reloads === 1);
    else await watching.until(({ listens }) => listens[0]?.state === 'stale' && listens[0].staleSeconds >= 2);
    t.is((await haproxy.servers()).filter(({ up }) => up).length, 2);
    await haproxy.stop();
    const again = await front.startHaproxy();
    t.regex(await front.get(), /^pod/);
    const [worker] = (await again.processes()).workers;
    await watching.until(({ haproxy }) => haproxy.pid === worker && haproxy.current);
    t.is((await again.processes()).reloads, 0);
    front.cluster.fault('none');
    await watching.until(({ listens }) => listens[0]?.state === 'fresh');
  });
}

haproxyTest('A listen that cluster DNS fails for is left out or as it was, and the others go on', async (t) => {
  const { front, watching } = await atWork(t);
  const [port, third] = [await reservePort(), await reservePort()];
  front.cluster.fault('servfail', 'bad.default.svc.cluster.local');
  await front.configure({
    listen: { bad: { binds: [`127.0.0.1:${port}`], serviceName: 'bad', podPort: 80 }, third: second(front, third).second },
  });
  const { listens } = await watching.until(({ reloads }) => reloads === 1);
  t.deepEqual(
    listens.map(({ listen, state, left }) => [listen, state, left?.code ?? null]),
    [
      ['web', 'fresh', null],
      ['bad', 'failing', 'dns.servfail'],
      ['third', 'fresh', null],
    ],
  );
  t.false((await front.text()).includes('listen bad'));
  t.regex(await front.get(third), /^pod/);
});

haproxyTest('HAProxy that is gone is noticed, a change is written meanwhile, and no reload is needed once it is back', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  await haproxy.stop();
  const { problem } = await watching.until(({ haproxy }) => haproxy.state === 'absent');
  t.is(problem?.code, 'haproxy.unreachable');
  const port = await reservePort();
  await front.configure({ listen: second(front, port) });
  await eventually('the change is written', async () => (await front.text()).includes('listen second'));
  const again = await front.startHaproxy();
  await watching.until(isCurrent);
  t.regex(await front.get(port), /^pod/);
  t.is((await again.processes()).reloads, 0);
});

haproxyTest('A master socket that vanished is named and nothing is touched, and the change is done when it is back', async (t) => {
  const { front, watching, haproxy } = await atWork(t);
  const port = await reservePort();
  await rename(haproxy.master, `${haproxy.master}.gone`);
  await front.configure({ listen: second(front, port) });
  const { problem, plan } = await watching.until(({ haproxy }) => haproxy.state === 'unreachable');
  t.regex(problem?.message ?? '', /cannot be reached over .*master\.sock: ENOENT/);
  t.is(plan.kind, 'hold');
  t.false((await front.text()).includes('listen second'));
  t.regex(await front.get(), /^pod/);
  await rename(`${haproxy.master}.gone`, haproxy.master);
  await watching.until((status) => isCurrent(status) && status.reloads === 1);
  t.regex(await front.get(port), /^pod/);
});

haproxyTest('Without a HAProxy binary nothing is touched, and it goes on when there is one', async (t) => {
  const front = await frontend(t);
  await front.configure({ haproxy: { binary: join(front.folder, 'bin'), version: '2.6' } });
  const watching = startWatch(t, front);
  const { problem, ready } = await watching.until(({ problem }) => problem !== null);
  t.is(problem?.code, 'haproxy.missing');
  t.false(ready);
  t.is((await watching.get('/readyz')).status, 503);
  t.is((await watching.get('/healthz')).status, 200);
  await t.throwsAsync(front.text(), { code: 'ENOENT' });
  await front.configure();
  await watching.until(({ ready }) => ready);
});

haproxyTest('A HAProxy binary that hangs is ended, and nothing is touched', async (t) => {
  const front = await frontend(t);
  const binary = join(front.folder, 'slow');
  await writeFile(binary, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  await front.configure({ haproxy: { binary, version: '2.6' } });
  const watching = startWatch(t, front);
  await watching.until(({ listens }) => listens[0]?.state === 'fresh');
  watching.kill('SIGTERM');
  let status: unknown;
  void watching.ended.then((ended) => (status = ended));
  // The check itself would be given up after a minute.
  await eventually('it has ended', () => status !== undefined);
  t.is(status, 0);
  t.deepEqual(
    (await readdir(front.folder)).filter((name) => name.startsWith('.haproxy.cfg')),
    [],
  );
});

rootTest(
  'A full disk and a read-only folder are told as what they are, change nothing, and are no obstacle once they are over',
  async (t) => {
    const front = await frontend(t);
    const disk = join(front.folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'podfront-test', disk]);
    t.teardown(() => execFileSync('umount', ['--lazy', disk]));
    const output = join(disk, 'haproxy.cfg');
    await front.configure({ haproxy: { output, reload: 'none' } });
    const watching = startWatch(t, front);
    await watching.until(({ ready }) => ready);
    const text = async () => (await import('node:fs/promises')).readFile(output, 'utf8');
    const before = await text();

    await writeFile(join(disk, 'ballast'), Buffer.alloc(65536)).catch(() => {});
    await front.scale(20);
    const full = await watching.until(({ problem }) => problem !== null);
    t.regex(full.problem?.message ?? '', /cannot write .*haproxy\.cfg: no space left on the device/);
    t.is(await text(), before);
    t.deepEqual((await readdir(disk)).sort(), ['.haproxy.cfg.lock', 'ballast', 'haproxy.cfg']);

    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await watching.until(({ problem }) => /the file system is read-only/.test(problem?.message ?? ''));
    execFileSync('mount', ['-o', 'remount,rw,size=1m', disk]);
    await watching.until(({ problem }) => problem === null);
    t.not(await text(), before);
  },
);
