import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Haproxy } from '../../demo/haproxy.ts';
import { installedVersion } from '../../src/haproxy/process/installed-version.ts';
import { atLeast } from '../../src/haproxy-syntax/version.ts';
import { needs } from '../support/needs.ts';
import { type RuntimeFrontend, runtimeFrontend } from '../support/runtime-frontend.ts';

const withHaproxy = needs('haproxy');

/** A connection through HAProxy that has sent half of a request, so that a pod has it. */
async function halfRequest(front: RuntimeFrontend): Promise<Socket> {
  const [{ firstPort } = { firstPort: 0 }] = front.config.listens[0]?.binds ?? [];
  const socket = connect(firstPort, '127.0.0.1').resume();
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\n');
  return socket;
}

/** The fields of a server of the listen, by their names in `show stat`. */
async function statOf(haproxy: Haproxy, server: string): Promise<ReadonlyMap<string, string | undefined>> {
  const [header = '', ...rows] = (await haproxy.tell('show stat')).slice(2).split('\n');
  const fields = rows.map((row) => row.split(',')).find(([proxy, name]) => proxy === 'web' && name === server) ?? [];
  return new Map(header.split(',').map((name, i) => [name, fields[i]]));
}

withHaproxy('pods come and go, from none to some and back to none, in one worker', async (t) => {
  const front = await runtimeFrontend(t);
  front.watch();
  front.observe();
  const haproxy = await front.startHaproxy();
  const { workers } = await haproxy.processes();
  await front.pods.start(front.address(2), front.address(3));
  front.observe(`web-a ${front.address(1)}`);
  await front.has(`web-a ${front.address(1)} ready`);
  t.is(await front.get(), `pod ${front.address(1)}\n`);
  front.observe(`web-b ${front.address(2)}`, `web-c ${front.address(3)}`);
  await front.has(`web-b ${front.address(2)} ready`, `web-c ${front.address(3)} ready`);
  const file = `server web-b ${front.address(2)}:${front.pods.port} check`;
  await front.until(async () => (await front.text()).includes(file), 'the file has the pods too');
  front.observe();
  await front.has();
  await front.until(async () => !(await front.text()).includes('server web-'), 'the file has no pod');
  t.deepEqual((await haproxy.processes()).workers, workers, 'HAProxy was not reloaded');
  t.is(front.status()?.reloads, 0);
});

withHaproxy('an added pod has the options of default-server and its own, and its health is checked', async (t) => {
  const front = await runtimeFrontend(t, { listen: { extraPodTemplateOptions: 'weight 7 maxconn 9' } });
  front.watch();
  front.observe();
  const haproxy = await front.startHaproxy();
  await front.pods.start(front.address(2));
  front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`, `dead ${front.address(9)}`);
  await front.until(async () => (await front.servers()).length === 3, 'HAProxy has the pods');
  const stat = (server: string) => statOf(haproxy, server);
  const added = await stat('web-a');
  t.deepEqual([added.get('weight'), added.get('slim'), added.get('check_rise')], ['7', '9', '1'], 'rise 1 is of default-server');
  await front.until(async () => (await stat('dead')).get('status') === 'DOWN', 'the check takes out what does not answer');
  await front.until(async () => /^L4OK|^\* L4OK/.test((await stat('web-a')).get('check_status') ?? ''), 'the check of the others succeeds');
});

withHaproxy('with init-state down an added pod waits for its first check, which HAProxy 3.1 has', async (t) => {
  const version = await installedVersion('haproxy', process.env, new AbortController().signal);
  if (version === null || !atLeast(version, 3, 1)) {
    t.pass('before that, a pod takes connections until its first check fails');
    return;
  }
  const front = await runtimeFrontend(t, { listen: { extraPodTemplateOptions: 'init-state down inter 1s' } });
  front.watch();
  front.observe();
  const haproxy = await front.startHaproxy();
  front.observe(`web-a ${front.address(1)}`, `dead ${front.address(9)}`);
  await front.until(async () => (await front.servers()).length === 2, 'HAProxy has the pods');
  await front.until(async () => (await statOf(haproxy, 'web-a')).get('status') === 'UP', 'the check of the one succeeds');
  t.regex((await statOf(haproxy, 'dead')).get('status') ?? '', /^DOWN/);
  t.is((await statOf(haproxy, 'dead')).get('chkdown'), '0', 'it was never up');
  t.is(front.status()?.reloads, 0);
});

withHaproxy('a pod that terminates keeps its connections, gets no new ones, and is used again when it is the last', async (t) => {
  const front = await runtimeFrontend(t, { listen: { mode: 'tcp' } });
  front.watch();
  front.observe(`web-a ${front.address(1)}`);
  const haproxy = await front.startHaproxy();
  const { workers } = await haproxy.processes();
  const connection = await halfRequest(front);
  let ended = false;
  connection.on('close', () => (ended = true));
  await front.pods.start(front.address(2));
  front.observe(`web-a ${front.address(1)} draining`, `web-b ${front.address(2)}`);
  await front.has(`web-a ${front.address(1)} drain`, `web-b ${front.address(2)} ready`);
  for (let i = 0; i < 5; i++) t.is(await front.get(), `pod ${front.address(2)}\n`);
  await front.until(async () => (await front.text()).includes('check weight 0\n'), 'a HAProxy that starts now sends it nothing either');
  t.false(ended);
  front.observe(`web-a ${front.address(1)}`);
  await front.has(`web-a ${front.address(1)} ready`);
  t.is(await front.get(), `pod ${front.address(1)}\n`);
  t.false(ended);
  t.deepEqual((await haproxy.processes()).workers, workers);
  connection.destroy();
});

withHaproxy('a pod that drained when HAProxy started is used again without a reload', async (t) => {
  const front = await runtimeFrontend(t, { listen: { extraPodTemplateOptions: 'weight 3' } });
  front.watch();
  await front.pods.start(front.address(2));
  front.observe(`web-a ${front.address(1)} draining`, `web-b ${front.address(2)}`);
  const haproxy = await front.startHaproxy();
  await front.has(`web-a ${front.address(1)} drain`, `web-b ${front.address(2)} ready`);
  front.observe(`web-a ${front.address(1)}`);
  await front.has(`web-a ${front.address(1)} ready`);
  t.regex(await haproxy.tell('show servers state web'), / web-a \S+ 2 0 3 /, 'with the weight it should have');
  t.is(front.status()?.reloads, 0);
});

withHaproxy('a pod that left stays without new connections until its last one ends, and pace.drain bounds that', async (t) => {
  const front = await runtimeFrontend(t, { listen: { mode: 'tcp' } });
  const stop = front.watch();
  front.observe(`web-a ${front.address(1)}`);
  await front.startHaproxy();
  const connection = await halfRequest(front);
  await front.pods.start(front.address(2));
  front.observe(`web-b ${front.address(2)}`);
  await front.has(`web-a ${front.address(1)} maint`, `web-b ${front.address(2)} ready`);
  t.is(await front.get(), `pod ${front.address(2)}\n`);
  const answered = once(connection, 'data');
  connection.write('Host: web\r\n\r\n');
  t.true(String(await answered).includes(`pod ${front.address(1)}`), 'what lasts goes on in both directions');
  connection.destroy();
  await front.has(`web-b ${front.address(2)} ready`);
  await stop();

  const short = await runtimeFrontend(t, { listen: { mode: 'tcp' }, pace: { drain: 1_000 } });
  short.watch();
  short.observe(`web-a ${short.address(1)}`);
  await short.startHaproxy();
  const lasting = await halfRequest(short);
  const closed = once(lasting, 'close');
  short.observe();
  await short.has(`web-a ${short.address(1)} maint`);
  await closed;
  await short.has();
  t.is(short.status()?.reloads, 0);
});

withHaproxy('a pod comes back under its name while its predecessor has a connection', async (t) => {
  const front = await runtimeFrontend(t, { listen: { mode: 'tcp' } });
  front.watch();
  front.observe(`web-0 ${front.address(1)}`);
  await front.startHaproxy();
  const connection = await halfRequest(front);
  await front.pods.start(front.address(2));
  front.observe(`web-0 ${front.address(2)}`);
  await front.has(`web-0 ${front.address(1)} maint`, `web-0_2 ${front.address(2)} ready`);
  t.is(await front.get(), `pod ${front.address(2)}\n`);
  connection.destroy();
  await front.has(`web-0_2 ${front.address(2)} ready`);
  front.observe(`web-0 ${front.address(2)}`, `web-1 ${front.address(1)}`);
  await front.has(`web-0_2 ${front.address(2)} ready`, `web-1 ${front.address(1)} ready`);
  t.is(front.status()?.reloads, 0);
});

withHaproxy('a HAProxy that was reloaded by somebody else on an older file gets the pods', async (t) => {
  const front = await runtimeFrontend(t);
  front.watch();
  front.observe(`web-a ${front.address(1)}`);
  const haproxy = await front.startHaproxy();
  const old = await front.text();
  await front.pods.start(front.address(2));
  front.observe(`web-b ${front.address(2)}`);
  await front.has(`web-b ${front.address(2)} ready`);
  await front.until(async () => (await front.text()) !== old, 'the file follows');
  const current = await front.text();
  await writeFile(join(front.folder, 'haproxy.cfg'), old);
  t.true(await haproxy.reload());
  await front.has(`web-b ${front.address(2)} ready`);
  await front.until(async () => (await front.text()) === current, 'the file is right again');
  t.is(await front.get(), `pod ${front.address(2)}\n`);
});

withHaproxy('a server that somebody removed by hand is back with the next change', async (t) => {
  const front = await runtimeFrontend(t);
  front.watch();
  await front.pods.start(front.address(2));
  front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
  const haproxy = await front.startHaproxy();
  await front.until(() => front.status()?.haproxy.current === true, 'podfront knows HAProxy');
  await haproxy.tell('set server web/web-a state maint;del server web/web-a');
  front.observe(`web-a ${front.address(1)} draining`, `web-b ${front.address(2)}`);
  await front.has(`web-b ${front.address(2)} ready`);
  front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
  await front.has(`web-a ${front.address(1)} ready`, `web-b ${front.address(2)} ready`);
  t.is(front.status()?.reloads, 0);
});

withHaproxy('a podfront that starts finds the pods that HAProxy has, and changes only those that differ', async (t) => {
  const front = await runtimeFrontend(t);
  const stop = front.watch();
  front.observe(`web-a ${front.address(1)}`);
  const haproxy = await front.startHaproxy();
  const { workers } = await haproxy.processes();
  await front.pods.start(front.address(2));
  front.observe(`web-a ${front.address(1)}`, `web-b ${front.address(2)}`);
  await front.has(`web-a ${front.address(1)} ready`, `web-b ${front.address(2)} ready`);
  await stop();
  front.observe(`web-b ${front.address(2)}`);
  front.watch();
  await front.has(`web-b ${front.address(2)} ready`);
  t.deepEqual((await haproxy.processes()).workers, workers);
});
