import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { reservePort } from '../../demo/ports.ts';
import type { Config, Listen } from '../../src/config/config.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { listenBlocks } from '../../src/haproxy/file/sections.ts';
import { readSlots, rewriteServers } from '../../src/haproxy/file/slot-lines.ts';
import { allocateServers } from '../../src/haproxy/slots/allocate.ts';
import { deadServerOptions } from '../../src/haproxy-syntax/dead-servers.ts';
import { assumedVersion } from '../../src/haproxy-syntax/version.ts';
import { address, config, listen, observed } from '../support/config-sample.ts';
import { runHaproxy, tempFolder } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

const folder = new URL('../../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const render = renderer(parts, assumedVersion);
const udp = { tcp: false, payload: 8192, warnings: [] };
const line = `default-server ${deadServerOptions}`;

function file(one: Listen, pods: readonly string[], haproxy: Partial<Config['haproxy']> = {}): string {
  const all = config([one], haproxy, { nodes: [{ name: 'node1', address: address('127.0.0.11') }] });
  return render(all, allocateServers(all, [observed(one, pods)], new Map(), false), udp);
}

test('it is put into defaults before the lines of the user, or into each listen of a fragment', (t) => {
  const full = file(listen(), ['127.1.0.1'], { defaults: ['default-server inter 9s'] });
  t.is(full.split(line).length, 2);
  t.true(full.indexOf('\ndefaults\n') < full.indexOf(line) && full.indexOf(line) < full.indexOf('    default-server inter 9s'));
  t.true(full.indexOf('inter 9s') < full.indexOf('\nlisten '));
  const fragment = file(listen(), ['127.1.0.1'], { layout: 'fragment' });
  t.is(fragment.split(line).length, 2);
  t.regex(fragment, new RegExp(`balance leastconn\\n    ${line}\\n    server pod1 `));
});

test('a server that stands for many pods is not marked down by the errors of one', (t) => {
  t.regex(file(listen({ fallbackServicePort: 80 }), ['127.1.0.1']), /server service \S+ check resolvers .* observe none backup\n/);
  t.regex(file(listen({ destination: { kind: 'nodes', port: 30080 } }), []), /server node1 127\.0\.0\.11:30080 check observe none\n/);
  t.notRegex(file(listen(), ['127.1.0.1', '127.1.0.2']), /observe none/);
});

test('the only pod is not marked down by errors, and a second one needs no reload', (t) => {
  const one = file(listen(), ['127.1.0.1']);
  const two = file(listen(), ['127.1.0.1', '127.1.0.2']);
  t.regex(one, /server pod1 \S+ check resolvers .* init-addr 127\.1\.0\.1 observe none\n/);
  t.regex(one, /server-template pod 2-20 \S+ check resolvers /);
  t.notRegex(two, /observe none/);
  t.is(reloadDigest(one), reloadDigest(two));
  const all = config([listen()]);
  const block = (text: string) => listenBlocks(text).get('ingress') ?? '';
  const [first] = allocateServers(all, [observed(listen(), ['127.1.0.1'])], readSlots(two), false);
  const [second] = allocateServers(all, [observed(listen(), ['127.1.0.1', '127.1.0.2'])], readSlots(one), false);
  if (first === undefined || second === undefined) return t.fail();
  t.is(rewriteServers(block(two), first), block(one));
  t.is(rewriteServers(block(one), second), block(two));
});

/** Pods on addresses of their own that answer each connection with one line, all on one port. */
async function startPods(t: ExecutionContext, count: number) {
  const addresses = Array.from({ length: count }, (_, i) => `127.77.0.${i + 1}`);
  const port = await reservePort();
  const servers = addresses.map((host) =>
    createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end('pod\n'));
    }).listen(port, host),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  t.teardown(() => {
    for (const server of servers) server.close();
  });
  return { addresses, port, servers };
}

function answered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('x\n')).setEncoding('latin1');
    const end = () => {
      socket.destroy();
      resolve(text === 'pod\n');
    };
    socket
      .on('data', (chunk: string) => (text += chunk))
      .once('error', end)
      .once('end', end);
  });
}

/** Runs HAProxy with what podfront writes for these pods; gives the port to send requests to. */
async function runFile(t: ExecutionContext, layout: 'full' | 'fragment', pods: { addresses: readonly string[]; port: number }) {
  const [temp, port] = [await tempFolder(t), await reservePort()];
  const bind = { text: `127.0.0.1:${port}`, host: null, firstPort: port, lastPort: port, tls: null };
  const one = listen({ name: 'web', binds: [bind], destination: { kind: 'pods', port: pods.port }, maxExpectedPods: 20 });
  const files = [join(temp, 'base.cfg'), join(temp, 'podfront.cfg')];
  await writeFile(
    files[0] ?? '',
    'defaults\n    option redispatch\n    retries 3\n    timeout connect 5s\n    timeout client 9s\n    timeout server 9s\n',
  );
  // The names are never resolved: no name server is there, and what a server starts with stays.
  const text = file(
    one,
    pods.addresses.map((host) => `${host}:${pods.port}`),
    { layout },
  );
  await writeFile(files[1] ?? '', text.replaceAll(' resolvers cluster resolve-prefer ipv4 init-addr', ' init-addr'));
  await runHaproxy(t, { folder: temp, files: layout === 'full' ? files.slice(1) : files });
  return port;
}

needs('haproxy').serial('while the only pod refuses for a second, requests wait for it', async (t) => {
  const pods = await startPods(t, 1);
  const port = await runFile(t, 'full', pods);
  t.true(await answered(port));
  const [server] = pods.servers;
  server?.close();
  const requests = Array.from({ length: 20 }, () => answered(port));
  await setTimeout(1000);
  server?.listen(pods.port, pods.addresses[0]);
  t.deepEqual(
    await Promise.all(requests),
    requests.map(() => true),
  );
});

for (const layout of ['full', 'fragment'] as const)
  needs('haproxy').serial(`with 18 of 20 pods refusing at most 12 of 200 requests fail: ${layout}`, async (t) => {
    const pods = await startPods(t, 20);
    const port = await runFile(t, layout, pods);
    for (let i = 0; i < 40; i++) t.true(await answered(port));
    for (const server of pods.servers.slice(2)) {
      server.close();
      await once(server, 'close');
    }
    let failed = 0;
    for (let i = 0; i < 200; i++) if (!(await answered(port))) failed++;
    t.true(failed <= 12, `${failed} of 200 failed`);
  });
