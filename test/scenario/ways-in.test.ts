import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { reservePort } from '../../demo/ports.ts';
import { certificate } from '../support/certificates.ts';
import { folderOf } from '../support/folder.ts';
import { configFile, runHaproxy } from '../support/haproxy.ts';
import { hashes } from '../support/hashes.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';
import { ask, listenOn, serveExample } from '../support/ways-in.ts';

// The ways in that the examples describe, each through the real HAProxy with real requests.
const withTls = needs('haproxy', 'openssl');

/** Answers with what arrived. */
const echo = (who: string) => (request: IncomingMessage, response: ServerResponse) => {
  response.end(JSON.stringify({ who, headers: request.headers }));
};

const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });

withTls('examples/dashboard lets in who has the password and is in the group, over TLS only, and shows the pods no password', async (t) => {
  const pem = certificateIn(folderOf(t), 'dashboard.example.org');
  const pods = await listenOn(t, '127.0.0.250', 0, echo('dashboard'), pem.text);
  const { port, certificate: crt, folder } = await serveExample(t, 'dashboard', { 'servicePort: 443': `servicePort: ${pods}` });
  const tls = { servername: 'kubernetes.example.org', ca: crt('kubernetes.example.org.pem') };
  const get = (headers: Readonly<Record<string, string>>) => ask({ port: port(443), tls, headers });

  const asked = await get({});
  t.is(asked.status, 401);
  t.is(asked.headers['www-authenticate'], 'Basic realm="dashboard"');
  t.is(asked.headers['strict-transport-security'], 'max-age=31536000');
  const member = await get(basic('alice', 'wonderland'));
  t.is(member.status, 200);
  t.like(JSON.parse(member.body), { who: 'dashboard' });
  t.notRegex(member.body, /authorization/i);
  t.is((await get(basic('alice', 'builder'))).status, 401);
  t.is((await get(basic('bob', 'builder'))).status, 401, 'bob has a password and is not in the group');

  const plain = await ask({ port: port(80), path: '/a?b=c', headers: { host: 'kubernetes.example.org' } });
  t.is(plain.status, 308);
  t.is(plain.headers.location, 'https://kubernetes.example.org/a?b=c');
  t.is(plain.headers['strict-transport-security'], undefined);
  t.is(statSync(join(folder, 'haproxy.cfg')).mode & 0o007, 0, 'others may not read the hashes');
});

needs('haproxy')('HAProxy verifies every kind of hash that podfront takes, and lets nobody in with those it refuses', async (t) => {
  const folder = folderOf(t);
  const port = await reservePort();
  const refused = Object.entries(hashes.refused).filter(([kind, hash]) => kind !== 'des' && kind !== 'injected' && hash !== '');
  const users = [...Object.entries(hashes.verified), ...refused].map(([kind, hash]) => `    user ${kind} password ${hash}`);
  const rules = [`    bind 127.0.0.1:${port}`, '    http-request auth unless { http_auth(all) }', '    http-request return status 200'];
  await runHaproxy(t, { folder, files: [await configFile(folder, ['userlist all', ...users, 'listen web', ...rules].join('\n'))] });
  for (const kind of Object.keys(hashes.verified)) t.is((await ask({ port, headers: basic(kind, 'pw') })).status, 200, kind);
  for (const [kind, hash] of refused) {
    t.is((await ask({ port, headers: basic(kind, 'pw') })).status, 401, kind);
    t.is((await ask({ port, headers: basic(kind, hash) })).status, 401, kind);
  }
});

withTls('examples/kubernetes-api passes TLS on to the master alone, and stops when its health check over TLS fails', async (t) => {
  let ready = 200;
  const pem = certificateIn(folderOf(t), 'kubernetes');
  const api = await listenOn(
    t,
    '127.0.0.1',
    0,
    (request, response) => response.writeHead(request.url === '/readyz' ? ready : 200).end(`api ${request.url}`),
    pem.text,
  );
  const changes = {
    ...{ '192.0.2.10': '127.0.0.1', '192.0.2.11': '127.0.0.3', '192.0.2.12': '127.0.0.4' },
    ...{ 'lbServicePort: 6443': `lbServicePort: ${api}`, '/etc/haproxy/certs/kubernetes-ca.pem': pem.file },
  };
  const { port, haproxy } = await serveExample(t, 'kubernetes-api', changes);
  const tls = { servername: 'kubernetes', ca: pem.text };
  const served = await ask({ port: port(6443), path: '/version', tls });
  t.is(served.body, 'api /version', 'its certificate was that of the API server');
  const up = async () =>
    (await haproxy.tell('show stat'))
      .split('\n')
      .find((line) => line.startsWith('api,master,'))
      ?.split(',')[17];
  t.false((await haproxy.tell('show stat')).includes('node1'));
  ready = 401;
  t.is(await until(up, (state) => state?.startsWith('UP') === true), 'UP');
  ready = 500;
  t.is(await until(up, (state) => state?.startsWith('DOWN') === true), 'DOWN');
  await t.throwsAsync(ask({ port: port(6443), tls }));
});

withTls('examples/tls ends TLS at HAProxy, tells the pods so, and sends plain HTTP to https', async (t) => {
  const pods = await listenOn(t, '127.1.8.1', 0, echo('pod'));
  const { port, certificate: crt } = await serveExample(t, 'tls', { 'podPort: 8080': `podPort: ${pods}` });
  const tls = { servername: 'shop.example.org', ca: crt('shop.example.org.pem') };
  // The second pod of the example is not there: its check fails, and then all requests come to the first.
  const served = await until(
    () => ask({ port: port(443), tls }),
    ({ status }) => status === 200,
  );
  t.like((JSON.parse(served.body) as { headers: object }).headers, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' });
  t.is(served.headers['strict-transport-security'], 'max-age=31536000');
  const plain = await ask({ port: port(80), path: '/cart', headers: { host: 'shop.example.org' } });
  t.is(plain.status, 308);
  t.is(plain.headers.location, 'https://shop.example.org/cart');
});

withTls('examples/shared-address hands connections on by SNI and requests by host name', async (t) => {
  const folder = folderOf(t);
  const shop = certificateIn(folder, 'shop.example.org');
  const wiki = certificateIn(folder, 'wiki.example.org');
  const tlsPort = await reservePort('127.1.8.1');
  const httpPort = await reservePort('127.1.8.1');
  for (const pod of ['127.1.8.1', '127.1.8.2']) {
    await listenOn(t, pod, tlsPort, echo('shop'), shop.text);
    await listenOn(t, pod, httpPort, echo('shop'));
  }
  await listenOn(t, '127.1.9.1', tlsPort, echo('wiki'), wiki.text);
  await listenOn(t, '127.1.9.1', httpPort, echo('wiki'));
  const changes = { 'podPort: 8443': `podPort: ${tlsPort}`, 'podPort: 8080': `podPort: ${httpPort}` };
  const { port, haproxy } = await serveExample(t, 'shared-address', changes);
  const who = async (asking: Promise<{ readonly body: string }>) => (JSON.parse((await asking).body) as { who: string }).who;

  t.is(await who(ask({ port: port(443), tls: { servername: 'shop.example.org', ca: shop.text } })), 'shop');
  t.is(await who(ask({ port: port(443), tls: { servername: 'WIKI.example.org', ca: wiki.text } })), 'wiki');
  await t.throwsAsync(ask({ port: port(443), tls: { servername: 'other.example.org', ca: shop.text } }), { code: 'ECONNRESET' });
  t.is(await who(ask({ port: port(80), headers: { host: 'Shop.example.org:80' } })), 'shop');
  t.is(await who(ask({ port: port(80), headers: { host: 'xshop.example.org' } })), 'wiki', 'every other name');
  const servers = await haproxy.servers();
  t.deepEqual(
    servers
      .filter(({ address }) => address !== null)
      .map(({ backend, name, address }) => `${backend}/${name} ${address}`)
      .sort(),
    [
      'ingress-http/pod1 127.1.9.1',
      ...['shop-http/pod1 127.1.8.1', 'shop-http/pod2 127.1.8.2', 'shop/pod1 127.1.8.1', 'shop/pod2 127.1.8.2'],
      'wiki/pod1 127.1.9.1',
    ],
  );
});

needs('haproxy')('examples/proxy-protocol tells the pod the address and port of the client before anything else', async (t) => {
  const seen: Buffer[] = [];
  const pod = createServer((socket) => {
    let held: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.subarray(-5).toString() !== 'hello') return;
      seen.push(held);
      socket.end('done');
    });
  });
  pod.listen(0, '127.1.3.7');
  await once(pod, 'listening');
  t.teardown(() => pod.close());
  const bound = pod.address();
  const podPort = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const { port } = await serveExample(t, 'proxy-protocol', {
    'podPort: 443': `podPort: ${podPort}`,
  });
  // PROXY protocol version 2, section 2.2: signature, PROXY over TCP/IPv4, 12 bytes of addresses.
  const header = Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex');
  const told = await until(
    async () => {
      const client = connect(port(443), '127.0.0.1').on('error', () => {});
      await once(client, 'connect');
      const { localPort = 0 } = client;
      client.resume().write('hello');
      await once(client, 'close');
      const mine = seen.find((data) => data.length >= 28 && data.readUInt16BE(24) === localPort);
      return mine;
    },
    (data) => data !== undefined,
  );
  t.deepEqual(told?.subarray(0, 16), header);
  t.is(told?.subarray(16, 20).join('.'), '127.0.0.1');
  t.regex(told?.toString('latin1') ?? '', /hello$/);
});

needs('haproxy')('examples/several-vms: a client that one HAProxy stuck to a pod reaches the same pod through the other', async (t) => {
  const pods = ['127.1.3.7', '127.1.3.8', '127.1.3.9'];
  const podPort = await reservePort('127.1.3.7');
  for (const pod of pods) await listenOn(t, pod, podPort, (_, response) => response.end(pod));
  const [one, two] = [await reservePort(), await reservePort()];
  const changes = {
    ...{ '192.0.2.21:10000': `127.0.0.1:${one}`, '192.0.2.22:10000': `127.0.0.1:${two}`, 'podPort: 443': `podPort: ${podPort}` },
    '/run/haproxy/haproxy.sock': join(folderOf(t), 'haproxy.sock'),
  };
  const first = await serveExample(t, 'several-vms', changes);
  const second = await serveExample(t, 'several-vms', {
    ...changes,
    'localPeer: fe1': 'localPeer: fe2',
    'haproxy.sock': 'second.sock',
  });
  const stuck = (await ask({ port: first.port(443) })).body;
  t.true(pods.includes(stuck));
  await until(
    () => second.haproxy.tell('show table ingress'),
    (table) => table.includes('key=127.0.0.1'),
  );
  for (let i = 0; i < 6; i++) t.is((await ask({ port: second.port(443) })).body, stuck);
});

needs('haproxy')('a new password takes effect with render and a reload, and a damaged file changes nothing', async (t) => {
  const folder = folderOf(t);
  const [port, podPort] = [await reservePort(), await listenOn(t, '127.0.0.1', 0, echo('pod'))];
  writeFileSync(
    join(folder, 'podfront.yaml'),
    `cluster: {nameservers: ["127.0.0.1:1"], serviceNetworks: [127.20.0.0/24], podNetworks: [127.10.0.0/16], nodes: {a: 127.0.0.1}}\nhaproxy: {output: haproxy.cfg, reload: none, stats: none}\nlisten:\n  web: {binds: ["127.0.0.1:${port}"], lbServicePort: ${podPort}, mode: http, check: false, basicAuth: {file: users}}\n`,
  );
  writeFileSync(join(folder, 'users'), `alice:${hashes.verified.sha512}\n`);
  const render = () => podfront(['render', 'haproxy.cfg'], { cwd: folder });
  t.is((await render()).status, 0);
  const haproxy = await runHaproxy(t, { folder, files: [join(folder, 'haproxy.cfg')] });
  t.is((await ask({ port, headers: basic('alice', 'pw') })).status, 200);
  const { stdout } = await podfront(['doctor', '--json'], { cwd: folder });
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly { readonly name: string; readonly result: string }[] };
  t.deepEqual(
    checks.filter(({ name }) => /accepted by HAProxy|up to date/.test(name)).map(({ result }) => result),
    ['pass', 'pass'],
  );
  t.false(stdout.includes('$6$'));
  writeFileSync(join(folder, 'users'), `alice:${hashes.refused.apr1}\n`);
  const { status, stderr } = await render();
  t.is(status, 2);
  t.regex(stderr, /users:1: HAProxy cannot verify the password of alice: it is a \$apr1\$ hash/);
  writeFileSync(join(folder, 'users'), `bob:${hashes.verified.sha256}\n`);
  t.is((await render()).status, 0);
  t.true(await haproxy.reload());
  // From HAProxy 3.1 on the master is back before its new worker is.
  const now = await until(
    async () => (await ask({ port, headers: basic('alice', 'pw') })).status,
    (status) => status === 401,
  );
  t.is(now, 401);
  t.is((await ask({ port, headers: basic('bob', 'pw') })).status, 200);
});

function certificateIn(folder: string, host: string): { readonly file: string; readonly text: string } {
  const file = join(folder, `${host}.pem`);
  return { file, text: certificate(file, host) };
}

/** Asks again until it is so; the test's own time limit ends it when it never is. */
async function until<T>(of: () => Promise<T>, so: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await of();
    if (so(value)) return value;
  }
}
