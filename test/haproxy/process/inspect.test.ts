import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { reservePort } from '../../../demo/ports.ts';
import { inspect, isUnchanged, sameWorker } from '../../../src/haproxy/process/inspect.ts';
import { configFile, runHaproxy, tempFolder } from '../../support/haproxy.ts';
import { needs } from '../../support/needs.ts';

const never = new AbortController().signal;
const haproxy = needs('haproxy');

test('a pid file that is missing, empty, too long, no file, of another program or of none at all is named as what it is', async (t) => {
  const folder = await tempFolder(t);
  const file = join(folder, 'pid');
  const message = async (path = file) => {
    const state = await inspect({ reload: { kind: 'pidfile', file: path }, socket: null, binary: 'haproxy' }, {}, never);
    return state.kind === 'absent' ? state.problem.message : state.kind;
  };
  t.regex(await message(), /its pid file .* cannot be read: there is no such file/);
  await writeFile(file, 'x\n');
  t.regex(await message(), /holds no pid/);
  await writeFile(file, '999999999\n');
  t.regex(await message(), /is gone/);
  await writeFile(file, `${process.pid}\n`);
  t.regex(await message(), /is not HAProxy but /);
  await writeFile(file, '1'.repeat(100_000));
  t.regex(await message(), /cannot be read/);
  const pipe = join(folder, 'pipe');
  t.is(spawnSync('mkfifo', [pipe]).status, 0);
  t.regex(await message(pipe), /it is a named pipe/);
});

haproxy('one HAProxy is the same by its master socket, its pid file and its stats socket, and another worker after a reload', async (t) => {
  const folder = await tempFolder(t);
  const text = `listen web\n    bind 127.0.0.1:${await reservePort()}\n    server a 127.0.0.1:1\n`;
  const running = await runHaproxy(t, { folder, files: [await configFile(folder, text)] });
  const master = { reload: { kind: 'master', socket: running.master }, socket: null, binary: 'haproxy' } as const;
  const pidfile = { reload: { kind: 'pidfile', file: running.pidFile }, socket: null, binary: 'haproxy' } as const;
  const stats = { reload: { kind: 'command', command: ['true'] }, socket: running.stats, binary: 'haproxy' } as const;
  const [worker] = (await running.processes()).workers;
  for (const way of [master, pidfile, stats])
    t.like(await inspect(way, {}, never), { kind: 'running', master: running.pid, worker: { pid: worker } });
  const before = await inspect(master, {}, never);
  t.true(await isUnchanged(before));
  t.true(await running.reload());
  t.false(await isUnchanged(before));
  const after = await inspect(master, {}, never);
  t.false(before.kind === 'running' && after.kind === 'running' && sameWorker(before.worker, after.worker));
});

test('what cannot be looked for is unseen', async (t) => {
  t.deepEqual(await inspect({ reload: { kind: 'none' }, socket: '/nonexistent', binary: 'haproxy' }, {}, never), { kind: 'unseen' });
  t.deepEqual(await inspect({ reload: { kind: 'command', command: ['true'] }, socket: null, binary: 'haproxy' }, {}, never), {
    kind: 'unseen',
  });
});
