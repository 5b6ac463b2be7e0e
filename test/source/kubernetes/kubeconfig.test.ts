import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { kubeconfigText, startKubernetesApi } from '../../../demo/kubernetes-api.ts';
import { Problem } from '../../../src/problem/problem.ts';
import { openApiClient } from '../../../src/source/kubernetes/api/client.ts';
import { parseKubeconfig, readApiServer } from '../../../src/source/kubernetes/api/kubeconfig.ts';
import { folderOf } from '../../support/folder.ts';

const never = new AbortController().signal;

function kubeconfig(user: object, cluster: object = {}): string {
  return `
apiVersion: v1
kind: Config
current-context: one
contexts:
- {name: one, context: {cluster: one, user: one}}
- {name: two, context: {cluster: two, user: one}}
clusters:
- {name: one, cluster: ${JSON.stringify({ server: 'https://api.example.org:6443', ...cluster })}}
- {name: two, cluster: {server: "https://192.0.2.1"}}
users:
- {name: one, user: ${JSON.stringify(user)}}
`;
}

function refused(t: ExecutionContext, text: string, context: string | null = null): string {
  const problem = t.throws(() => parseKubeconfig(text, '/etc/podfront/kubeconfig', context), { instanceOf: Problem });
  t.is(problem?.code, 'api.kubeconfig');
  return `${problem?.message} / ${problem?.hint}`;
}

test('a kubeconfig names server, authority and user, and files beside it', (t) => {
  const text = kubeconfig(
    { tokenFile: 'token', 'client-certificate': '/etc/a.crt', 'client-key-data': 'a2V5' },
    { 'certificate-authority': 'ca.crt' },
  );
  const { url, authority, user, insecure, proxy } = parseKubeconfig(text, '/etc/podfront/kubeconfig', null);
  t.is(url.href, 'https://api.example.org:6443/');
  t.deepEqual(authority, { kind: 'file', file: '/etc/podfront/ca.crt' });
  t.deepEqual(user, {
    token: { kind: 'file', file: '/etc/podfront/token' },
    certificate: { kind: 'file', file: '/etc/a.crt' },
    key: { kind: 'text', text: 'key' },
  });
  t.false(insecure);
  t.is(proxy, null);
  t.is(parseKubeconfig(text, 'x', 'two').url.href, 'https://192.0.2.1/');
});

test('users that would need a program, or are none, are refused with the remedy', (t) => {
  const remedy = 'make credentials that need no other program: podfront kubeconfig';
  t.is(
    refused(t, kubeconfig({ exec: { command: 'aws' } })),
    `kubeconfig /etc/podfront/kubeconfig cannot be used: its user has exec: podfront runs no programs for credentials / ${remedy}`,
  );
  t.regex(refused(t, kubeconfig({ 'auth-provider': { name: 'gcp' } })), /its user has auth-provider/);
  t.regex(refused(t, kubeconfig({ username: 'a', password: 'b' })), /a user name and a password/);
  t.regex(refused(t, kubeconfig({ token: 'x', as: 'admin' })), /its user has as: podfront does not impersonate/);
  t.regex(refused(t, kubeconfig({})), /neither a token nor a client certificate/);
});

test('a file that is not a kubeconfig is refused with the reason', (t) => {
  t.regex(refused(t, '- a'), /it is not a mapping/);
  t.regex(refused(t, 'a: ['), /cannot be used/);
  t.regex(refused(t, 'kind: Config'), /no current-context/);
  t.regex(refused(t, kubeconfig({ token: 'x' }), 'three'), /no context "three"/);
  t.regex(refused(t, kubeconfig({ token: 'x' }, { server: 'http://192.0.2.1' })), /its server is not an https URL/);
  t.regex(refused(t, kubeconfig({ token: 'x' }, { server: 'https://a:b@192.0.2.1' })), /its server is not an https URL/);
  t.regex(refused(t, kubeconfig({ token: 'x' }, { 'proxy-url': 'socks5://192.0.2.1:1080' })), /its proxy-url is not an http URL/);
});

test('a file that is not there is refused with how to make one', (t) => {
  const problem = t.throws(() => readApiServer({ kind: 'kubeconfig', file: join(folderOf(t), 'none'), context: null }, {}), {
    instanceOf: Problem,
  });
  t.regex(problem?.message ?? '', /there is no such file$/);
  t.is(problem?.hint, 'podfront kubeconfig creates one');
});

test('in a pod, the server and the credentials are where the kubelet puts them', (t) => {
  const { url, user, authority } = readApiServer(
    { kind: 'inCluster' },
    { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' },
  );
  t.is(url.href, 'https://[fd00::1]/');
  t.deepEqual(user.token, { kind: 'file', file: '/var/run/secrets/kubernetes.io/serviceaccount/token' });
  t.deepEqual(authority, { kind: 'file', file: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' });
  t.throws(() => readApiServer({ kind: 'inCluster' }, {}), { message: /is not a pod of a cluster: KUBERNETES_SERVICE_HOST is not set/ });
});

test('a token file is read again for each request, and a token that could end its header is refused', async (t) => {
  const api = await startKubernetesApi();
  t.teardown(api.close);
  const folder = folderOf(t);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'token'), 'old\n');
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(api.url, api.certificate, { tokenFile: 'token' }));
  const client = openApiClient({ kind: 'kubeconfig', file: join(folder, 'kubeconfig'), context: null }, {});
  t.teardown(client.close);
  const services = { method: 'GET', path: '/api/v1/services' } as const;
  t.is((await client.request(services, never)).status, 401);
  writeFileSync(join(folder, 'token'), `${api.token}\n`);
  t.is((await client.request(services, never)).status, 200);
  writeFileSync(join(folder, 'token'), 'a\r\nx: y');
  const problem = await t.throwsAsync(client.request(services, never), { instanceOf: Problem });
  t.is(problem?.code, 'api.credentials');
});

test('a proxy is used where the kubeconfig names one, and not because of the environment', async (t) => {
  const api = await startKubernetesApi();
  t.teardown(api.close);
  const asked: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(500).end());
  proxy.on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  t.teardown(() => void proxy.close());
  const file = join(folderOf(t), 'kubeconfig');
  const through = JSON.parse(api.kubeconfig) as { clusters: { cluster: Record<string, string> }[] };
  const get = async () => {
    const client = openApiClient({ kind: 'kubeconfig', file, context: null }, { HTTPS_PROXY: 'http://127.0.0.1:1' });
    const { status } = await client.request({ method: 'GET', path: '/api/v1/services' }, never);
    client.close();
    return status;
  };
  writeFileSync(file, JSON.stringify(through));
  t.is(await get(), 200);
  t.deepEqual(asked, []);
  const [first] = through.clusters;
  if (first !== undefined) first.cluster['proxy-url'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  writeFileSync(file, JSON.stringify(through));
  t.is(await get(), 200);
  t.deepEqual(asked, [`127.0.0.1:${api.port}`]);
});
