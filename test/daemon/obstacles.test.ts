import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { reservePort } from '../../demo/ports.ts';
import { atWork, eventually, type Frontend, frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { runHaproxy } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

// What may stand in the way of an apply, done for real, with HAProxy running.
const haproxyTest = needs('haproxy');
const rootTest = needs('haproxy', 'root');

const second = ({ pods }: Pick<Frontend, 'pods'>, port: number) => ({
  second: { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: pods.port, mode: 'http' },
});

/** A frontend at work whose output is alone on a small disk. */
async function onSmallDisk(t: ExecutionContext) {
  const front = await frontend(t);
  const disk = join(front.folder, 'disk');
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'podfront-test', disk]);
  t.teardown(() => execFileSync('umount', ['--lazy', disk]));
  const output = join(disk, 'haproxy.cfg');
  await front.configure({ haproxy: { output } });
  const start = () => startWatch(t, front);
  const watching = start();
  await watching.says(/wrote the file/);
  const haproxy = await runHaproxy(t, { folder: front.folder, files: [output] });
  await watching.until(isCurrent);
  return { front, disk, output, watching, start, haproxy, text: () => readFile(output, 'utf8') };
}

rootTest('A disk that is full but for the new file takes it, and the note of it that finds no room stops nothing', async (t) => {
  const { front, disk, output, watching, haproxy, start } = await onSmallDisk(t);
  await watching.until(({ plan }) => plan.kind === 'keep');
  const { bavail, bsize } = await statfs(disk);
  const { length } = await readFile(output);
  await writeFile(join(disk, 'ballast'), Buffer.alloc((bavail - Math.ceil((length + 2_000) / bsize)) * bsize));
  const port = await reservePort();
  await front.configure({ haproxy: { output }, listen: second(front, port) });
  const { problem } = await watching.until(({ reloads }) => reloads === 1);
  t.is(problem, null);
  t.regex(await front.get(port), /^pod/);
  // The next one tells from the times alone that HAProxy runs this file.
  watching.kill('SIGKILL');
  await watching.ended;
  const next = start();
  await next.until(isCurrent);
  t.is((await next.status()).reloads, 0);
  t.is((await haproxy.processes()).reloads, 1);
});

rootTest(
  'A full disk and a read-only one hold a change with HAProxy running, across a restart of podfront too, and harm nothing',
  async (t) => {
    const { front, disk, output, watching, haproxy, start, text } = await onSmallDisk(t);
    const before = await text();
    await writeFile(join(disk, 'ballast'), Buffer.alloc(65536)).catch(() => {});
    const port = await reservePort();
    await front.configure({ haproxy: { output }, listen: second(front, port) });
    await watching.until(({ problem }) => /no space left on the device/.test(problem?.message ?? ''));
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await watching.until(({ problem }) => /the file system is read-only/.test(problem?.message ?? ''));
    watching.kill('SIGKILL');
    await watching.ended;
    const next = start();
    const { haproxy: seen } = await next.until(({ problem }) => problem?.code === 'apply.unwritable');
    t.is(seen.state, 'running');
    t.is(await text(), before);
    t.deepEqual(
      (await readdir(disk)).filter((name) => name.endsWith('.podfront')),
      [],
    );
    t.regex(await front.get(), /^pod/);
    t.is((await haproxy.processes()).reloads, 0);

    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await rm(join(disk, 'ballast'));
    await next.until((status) => isCurrent(status) && status.reloads === 1 && status.problem === null);
    t.regex(await front.get(port), /^pod/);
  },
);

const ways: Readonly<Record<string, { over: (front: Frontend) => Readonly<Record<string, unknown>>; file: string; says: RegExp }>> = {
  'pid file': {
    over: ({ folder }) => ({ reload: { pidfile: join(folder, 'haproxy.pid') } }),
    file: 'haproxy.pid',
    says: /its pid file .*haproxy\.pid cannot be read: there is no such file/,
  },
  'stats socket': {
    over: ({ folder }) => ({
      reload: { command: ['sh', '-c', `kill -USR2 $(cat ${join(folder, 'haproxy.pid')})`] },
      socket: join(folder, 'stats.sock'),
    }),
    file: 'stats.sock',
    says: /HAProxy cannot be reached over .*stats\.sock: ENOENT/,
  },
};

for (const [what, { over, file, says }] of Object.entries(ways)) {
  haproxyTest(`A ${what} that vanished is named, the change is held, and done when it is back`, async (t) => {
    const { front, watching, haproxy } = await atWork(t, (front) => ({ haproxy: over(front) }));
    const [path, port] = [join(front.folder, file), await reservePort()];
    await rename(path, `${path}.gone`);
    await front.configure({ haproxy: over(front), listen: second(front, port) });
    const { problem, plan } = await watching.until(({ haproxy }) => haproxy.state === 'unreachable');
    t.regex(problem?.message ?? '', says);
    t.is(plan.kind, 'hold');
    t.false((await front.text()).includes('listen second'));
    t.regex(await front.get(), /^pod/);
    await rename(`${path}.gone`, path);
    await watching.until((status) => isCurrent(status) && status.reloads === 1);
    t.regex(await front.get(port), /^pod/);
    t.is((await haproxy.processes()).failed, 0);
  });
}

haproxyTest(
  'A HAProxy binary that is gone while HAProxy runs is reported and changes nothing, and is used again once it is back',
  async (t) => {
    const { front, watching, haproxy } = await atWork(t);
    const [binary, port, before] = [join(front.folder, 'haproxy-binary'), await reservePort(), await front.text()];
    await front.configure({ haproxy: { binary, version: '2.6' }, listen: second(front, port) });
    const { problem, haproxy: seen } = await watching.until(({ problem }) => problem !== null);
    t.is(problem?.code, 'haproxy.missing');
    t.regex(problem?.message ?? '', /haproxy-binary cannot be run: ENOENT/);
    t.is(seen.state, 'running');
    t.is(await front.text(), before);
    t.deepEqual(
      (await readdir(front.folder)).filter((name) => name.endsWith('.podfront')),
      [],
    );
    await writeFile(binary, '#!/bin/sh\nexec haproxy "$@"\n', { mode: 0o755 });
    await watching.until((status) => isCurrent(status) && status.reloads === 1 && status.problem === null);
    t.regex(await front.get(port), /^pod/);
    t.is((await haproxy.processes()).failed, 0);
  },
);

haproxyTest(
  'HAProxy that was killed and left its sockets behind is told as gone, and one started by somebody else is known at once',
  async (t) => {
    const { front, watching, haproxy } = await atWork(t);
    front.cluster.fault('silent');
    process.kill(haproxy.pid, 'SIGKILL');
    await haproxy.ended;
    const { problem } = await watching.until(({ haproxy }) => haproxy.state === 'absent');
    t.regex(problem?.message ?? '', /master\.sock: ECONNREFUSED/);
    const again = await front.startHaproxy();
    t.regex(await front.get(), /^pod/, 'it serves at once though cluster DNS is silent');
    const { workers } = await again.processes();
    await watching.until((status) => isCurrent(status) && status.haproxy.pid === workers[0]);
    t.is((await again.processes()).reloads, 0);
    front.cluster.fault('none');
    await eventually('cluster DNS is known again', async () => (await watching.status()).listens[0]?.state === 'fresh');
  },
);
