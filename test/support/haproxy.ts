import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type Haproxy, type HaproxyOptions, startHaproxy } from '../../demo/haproxy.ts';

const running = new Set<number>();
// Should the test's process end before its teardowns, HAProxy ends with it.
process.once('exit', () => {
  for (const pid of running) process.kill(pid, 'SIGTERM');
});

/**
 * The real HAProxy for one test, which declares itself with `needs('haproxy')`: started on the files given, and stopped when the test ends.
 *
 *     const folder = await tempFolder(t);
 *     const file = await configFile(folder, `listen web\n    bind 127.0.0.1:${await reservePort()}\n ...`);
 *     const haproxy = await runHaproxy(t, { folder, files: [file] });
 *     await writeFile(file, other);
 *     t.true(await haproxy.reload());
 *     t.deepEqual((await haproxy.servers()).filter((server) => server.up).map((server) => server.address), [...]);
 *
 * `reservePort` is in demo/ports.ts. podfront can be pointed at it: `haproxy.reload: {master: haproxy.master}` or `{pidfile: haproxy.pidFile}`, `haproxy.socket: haproxy.stats`.
 */
export async function runHaproxy(t: ExecutionContext, options: Omit<HaproxyOptions, 'env'>): Promise<Haproxy> {
  await Promise.all(options.files.map(isOlderThanAStart));
  const haproxy = await startHaproxy({ ...options, env: process.env });
  running.add(haproxy.pid);
  void haproxy.ended.then(() => running.delete(haproxy.pid));
  t.teardown(haproxy.stop);
  return haproxy;
}

/**
 * Waits until a process that starts now is seen to have started after the file was installed: podfront takes 20 ms for that, because
 * the times of processes have steps of 10 ms (running-config.ts).
 */
async function isOlderThanAStart(file: string): Promise<void> {
  const installed = (await stat(file).catch(() => null))?.ctimeMs ?? 0;
  await sleep(Math.max(0, installed + 50 - Date.now()));
}

/** A folder of its own for one test, removed when the test ends; its path is short enough for unix sockets. */
export async function tempFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podfront-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a configuration with what every one needs before it: timeouts. Returns its path. */
export async function configFile(folder: string, text: string, name = 'haproxy.cfg'): Promise<string> {
  const file = join(folder, name);
  const defaults = ['defaults', '    mode http', '    timeout connect 1s', '    timeout client 5s', '    timeout server 5s'];
  await writeFile(file, `${defaults.join('\n')}\n\n${text}\n`);
  return file;
}
