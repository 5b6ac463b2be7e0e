import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { watchHere } from '../support/daemon-in-process.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const haproxyTest = needs('haproxy');

haproxyTest('Where the status address is taken, the daemon works without it, says so, and serves there once it is free', async (t) => {
  const taken = await reservePort();
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const status = `127.0.0.1:${taken}`;
  const front = await frontend(t);
  await front.configure({ status });
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  await watching.says(new RegExp(`warning: cannot serve the status on ${status}: EADDRINUSE`));
  other.close();
  await watching.says(/the status is served on its address/);
  t.is((await fetch(`http://${status}/healthz`)).status, 200);
});

haproxyTest('A status address that is taken after an edit leaves the old one in use, with the reason as a warning', async (t) => {
  const taken = await reservePort();
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const status = `127.0.0.1:${taken}`;
  const front = await frontend(t);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  await front.configure({ status });
  const { config, ready } = await watching.until(({ warnings }) => warnings.some(({ code }) => code === 'watch.status-address'));
  t.is(config.problem, null);
  t.true(ready);
  await front.configure();
  await watching.until(({ warnings }) => warnings.length === 0);
});

haproxyTest('A reload whose outcome nothing shows is reported as unseen, not as failed', async (t) => {
  const front = await frontend(t);
  await front.configure({ haproxy: { reload: 'none' } });
  t.is(await startWatch(t, front, ['--once']).ended, 0);
  const haproxy = await front.startHaproxy();
  await front.configure({ haproxy: { reload: { command: ['sh', '-c', `kill -USR2 $(cat ${haproxy.pidFile})`] } } });
  const watching = startWatch(t, front);
  const { lastReload, problem, ready } = await watching.until(({ lastReload }) => lastReload !== null);
  t.deepEqual([lastReload?.outcome, lastReload?.problem?.code, problem?.code, ready], ['unseen', 'reload.unseen', 'reload.unseen', true]);
  const shown = await podfront(['--config', front.config, 'status'], { cwd: front.folder });
  t.is(shown.status, 0, shown.stdout);
  t.regex(shown.stdout, /^last reload: unseen at /m);
  t.regex(shown.stdout, /set haproxy\.socket to HAProxy's stats socket/);
});

haproxyTest(
  'A HAProxy that exits at the reload cannot be restored, which is reported, and it starts again with the last good file',
  async (t) => {
    const front = await frontend(t);
    const haproxy = {
      reload: { command: ['sh', '-c', `kill $(cat ${front.folder}/haproxy.pid)`] },
      socket: join(front.folder, 'stats.sock'),
    };
    await front.configure({ haproxy });
    const watching = watchHere(t, front, { limits: { verify: 500 } });
    await watching.says(/wrote the file/);
    const running = await front.startHaproxy();
    await watching.until(isCurrent);
    const good = await front.text();
    const port = await reservePort();
    const second = { binds: [`127.0.0.1:${port}`], serviceName: 'web', podPort: front.pods.port, mode: 'http' };
    await front.configure({ haproxy, listen: { second } });
    const { lastReload } = await watching.until(({ failedReloads }) => failedReloads === 1);
    await running.ended;
    t.is(lastReload?.problem?.code, 'reload.failed');
    t.regex(lastReload?.problem?.message ?? '', /the last good file was restored, but HAProxy was not seen running it: .*stats\.sock/);
    t.regex(watching.said(), /HAProxy was not seen running it/);
    t.is(await front.text(), good);
    await front.startHaproxy();
    await watching.until(isCurrent);
    t.regex(await front.get(), /^pod/);
  },
);

haproxyTest('A check that hangs is ended after its limit, changes nothing, and is tried again', async (t) => {
  let binary = '';
  const behave = async (folder: string, script: string) => {
    binary = join(folder, 'checker');
    await writeFile(`${binary}.new`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await rename(`${binary}.new`, binary);
  };
  const front = await frontend(t);
  await behave(front.folder, 'exec haproxy "$@"');
  await front.configure({ haproxy: { binary } });
  const watching = watchHere(t, front, { limits: { check: 2_000 } });
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(isCurrent);
  const good = await front.text();
  await behave(front.folder, 'case "$*" in *-c*) sleep 600 ;; *) exec haproxy "$@" ;; esac');
  await front.configure({ haproxy: { binary, global: 'maxconn 123' } });
  const { problem, haproxy: still } = await watching.until(({ problem }) => problem !== null);
  t.is(problem?.code, 'haproxy.timeout');
  t.regex(problem?.message ?? '', /did not finish within 2000 ms/);
  t.true(still.state === 'running');
  t.is(await front.text(), good);
  await behave(front.folder, 'exec haproxy "$@"');
  await watching.until((status) => isCurrent(status) && status.reloads === 1);
  t.regex(await front.text(), /maxconn 123/);
  t.is((await haproxy.processes()).failed, 0);
});
