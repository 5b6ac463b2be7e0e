import { writeFile } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { startPods } from '../../demo/pods.ts';
import { reservePort } from '../../demo/ports.ts';
import { configFile, runHaproxy, tempFolder } from './haproxy.ts';
import { needs } from './needs.ts';

const haproxyTest = needs('haproxy');

const answering = (port: number, text: string) =>
  `listen web\n    bind 127.0.0.1:${port}\n    http-request return status 200 content-type text/plain string ${text}`;
const get = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();

async function answers(t: ExecutionContext, text: string) {
  const folder = await tempFolder(t);
  const port = await reservePort();
  return { folder, port, file: await configFile(folder, answering(port, text)) };
}

haproxyTest('HAProxy serves as soon as it is started, and something else after a reload', async (t) => {
  const { folder, port, file } = await answers(t, 'one');
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  t.is(await get(port), 'one');
  const before = await haproxy.processes();
  await configFile(folder, answering(port, 'two'));
  t.true(await haproxy.reload());
  t.is(await get(port), 'two');
  const after = await haproxy.processes();
  t.deepEqual([before.reloads, after.reloads, after.failed], [0, 1, 0]);
  t.is(after.workers.length, 1);
  t.notDeepEqual(after.workers, before.workers);
});

haproxyTest('A reload of a file that HAProxy refuses fails, and the old worker goes on', async (t) => {
  const { folder, port, file } = await answers(t, 'one');
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  const { workers } = await haproxy.processes();
  await writeFile(file, 'listen web\n    nonsense\n');
  t.false(await haproxy.reload());
  t.deepEqual(await haproxy.processes(), { reloads: 1, failed: 1, workers });
  t.is(await get(port), 'one');
  t.regex(haproxy.said(), /unknown keyword 'nonsense'/);
});

haproxyTest('A file that HAProxy refuses at the start is an error with what HAProxy said', async (t) => {
  const folder = await tempFolder(t);
  const file = await configFile(folder, 'listen web\n    nonsense');
  await t.throwsAsync(runHaproxy(t, { folder, files: [file] }), { message: /HAProxy did not start:[\s\S]*unknown keyword 'nonsense'/ });
});

haproxyTest('The states of its servers are read', async (t) => {
  const pods = await startPods(['127.31.0.1']);
  t.teardown(pods.close);
  const folder = await tempFolder(t);
  const servers = `server here 127.31.0.1:${pods.port}\n    server away 127.31.0.2:${pods.port} disabled\n    server-template free 1 pod.invalid:80 init-addr none`;
  const file = await configFile(folder, `listen web\n    bind 127.0.0.1:${await reservePort()}\n    balance roundrobin\n    ${servers}`);
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  t.deepEqual(await haproxy.servers(), [
    { backend: 'web', name: 'here', address: '127.31.0.1', port: pods.port, up: true },
    { backend: 'web', name: 'away', address: '127.31.0.2', port: pods.port, up: false },
    { backend: 'web', name: 'free1', address: null, port: 80, up: false },
  ]);
});

haproxyTest('Stopping it leaves no process and no port behind', async (t) => {
  const { folder, port, file } = await answers(t, 'one');
  const haproxy = await runHaproxy(t, { folder, files: [file] });
  const { workers } = await haproxy.processes();
  await haproxy.stop();
  await t.throwsAsync(get(port));
  for (const pid of [haproxy.pid, ...workers]) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
