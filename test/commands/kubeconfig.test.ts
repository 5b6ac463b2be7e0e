import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ApiClient, openApiClient } from '../../src/source/kubernetes/api/client.ts';
import { folderOf } from '../support/folder.ts';
import { programsOf } from '../support/kubernetes/build.ts';
import { type ControlPlane, startControlPlane } from '../support/kubernetes/control-plane.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const kubernetesTest = needs('kubernetes', 'openssl').serial;
const kubectl = programsOf('kubernetes-1.37.2').find((program) => program.endsWith('/kubectl')) ?? '';

let shared: Promise<ControlPlane> | null = null;
/** One control plane for the tests of this file. */
async function plane(): Promise<ControlPlane> {
  shared ??= startControlPlane();
  return shared;
}
test.after.always(async () => (await shared)?.close());

const ofListens = 'cluster: {api: {kubeconfig: own.kubeconfig}}\nlisten: {web: {podPort: 80}, shop: {podPort: 81, namespace: shop}}\n';
const ofServices = 'cluster: {api: {kubeconfig: own.kubeconfig}}\nloadBalancer: {addresses: [198.51.100.10]}\n';

/** A folder with a configuration, and what runs podfront in it as the administrator. */
async function place(t: ExecutionContext, config: string) {
  const cluster = await plane();
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'podfront.yaml'), config);
  const run = (...args: readonly string[]) => podfront(args, { cwd, env: { KUBECONFIG: cluster.adminKubeconfig } });
  return { cluster, cwd, run };
}

function clientOf(t: ExecutionContext, file: string): ApiClient {
  const client = openApiClient({ kind: 'kubeconfig', file, context: null }, {});
  t.teardown(client.close);
  return client;
}

/** The status of an answer; the API decides on permission before it looks at anything else. */
async function statusOf(
  client: ApiClient,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<number> {
  return (await client.request({ method, path, ...(body !== undefined && { body }) }, AbortSignal.timeout(30_000))).status;
}

kubernetesTest('manifest is the same each time, and the API server takes it in a dry run', async (t) => {
  for (const config of [ofListens, ofServices]) {
    const { cluster, run } = await place(t, config);
    const { status, stdout } = await run('manifest');
    t.is(status, 0);
    t.is((await run('manifest')).stdout, stdout);
    const words = ['apply', '--kubeconfig', cluster.adminKubeconfig, '--server-side', '--dry-run=server', '-f', '-'];
    const applied = spawnSync(kubectl, words, { input: stdout, encoding: 'utf8' });
    t.is(applied.status, 0, applied.stderr);
    t.is(applied.stdout.trim().split('\n').length, stdout.split('---\n').length);
  }
});

kubernetesTest('the account of podfront may do what the configuration needs, and nothing else', async (t) => {
  const { cwd, run } = await place(t, ofListens);
  const { status, stderr } = await run('kubeconfig', '-o', 'own.kubeconfig');
  t.is(status, 0, stderr);
  const file = join(cwd, 'own.kubeconfig');
  t.is(statSync(file).mode & 0o777, 0o600);
  const client = clientOf(t, file);
  const slices = '/apis/discovery.k8s.io/v1';
  for (const path of [
    '/api/v1/namespaces/default/services',
    '/api/v1/namespaces/shop/services?limit=5',
    `${slices}/namespaces/default/endpointslices`,
    `${slices}/namespaces/shop/endpointslices?watch=true&timeoutSeconds=1`,
  ])
    t.is(await statusOf(client, 'GET', path).catch(() => 200), 200, path);
  for (const [method, path] of [
    ['GET', '/api/v1/services'],
    ['GET', '/api/v1/namespaces/kube-system/services'],
    ['GET', `${slices}/endpointslices`],
    ['GET', '/api/v1/namespaces/default/pods'],
    ['GET', '/api/v1/namespaces/default/secrets'],
    ['GET', '/api/v1/namespaces/default/configmaps'],
    ['GET', '/api/v1/namespaces/default/endpoints'],
    ['GET', '/api/v1/nodes'],
    ['POST', '/api/v1/namespaces/default/services'],
    ['POST', '/api/v1/namespaces/default/events'],
    ['PATCH', '/api/v1/namespaces/default/services/kubernetes/status'],
    ['DELETE', '/api/v1/namespaces/default/services/kubernetes'],
    ['POST', '/api/v1/namespaces/kube-system/serviceaccounts/podfront/token'],
    ['GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/podfront-podfront-haproxy'],
  ] as const)
    t.is(await statusOf(client, method, path, method === 'GET' ? undefined : {}), 403, `${method} ${path}`);
  t.false(stderr.includes('eyJ'), 'no token in what is said');
});

kubernetesTest('with loadBalancer it may write the status of Services, Events and its one Lease', async (t) => {
  const { cluster, cwd, run } = await place(t, ofServices);
  const { status, stderr } = await run('kubeconfig', '--output', 'own.kubeconfig');
  t.is(status, 0, stderr);
  const client = clientOf(t, join(cwd, 'own.kubeconfig'));
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
  const lease = (name: string) => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } });
  await cluster.ok('POST', '/api/v1/namespaces/shop/services', { metadata: { name: 'front' }, spec: { ports: [{ port: 80 }] } });
  const about = { kind: 'Service', namespace: 'shop', name: 'front' };
  const event = { metadata: { name: 'front.1' }, involvedObject: about, reason: 'Allocated', message: 'x', type: 'Normal' };
  for (const [method, path, body, wanted] of [
    ['GET', '/api/v1/services', undefined, 200],
    ['PATCH', '/api/v1/namespaces/shop/services/front/status', { status: {} }, 200],
    ['POST', '/api/v1/namespaces/shop/events', event, 201],
    ['POST', leases, lease('podfront-podfront-haproxy'), 201],
    ['GET', `${leases}/podfront-podfront-haproxy`, undefined, 200],
    ['GET', `${leases}/another`, undefined, 403],
    ['GET', leases, undefined, 403],
    ['DELETE', `${leases}/podfront-podfront-haproxy`, {}, 403],
    ['PATCH', '/api/v1/namespaces/shop/services/front', {}, 403],
    ['GET', '/api/v1/namespaces/shop/events', undefined, 403],
    ['GET', '/api/v1/namespaces/shop/secrets', undefined, 403],
  ] as const)
    t.is(await statusOf(client, method, path, body), wanted, `${method} ${path}`);
});

kubernetesTest("a user's certificate is signed by the cluster and lets kubectl in, with its role and no other", async (t) => {
  const { cluster, cwd, run } = await place(t, '');
  const { status, stderr } = await run('kubeconfig', '--user', 'alice', '--role', 'view', '--days', '1', '-o', 'alice.kubeconfig');
  t.is(status, 0, stderr);
  t.regex(stderr, /wrote alice\.kubeconfig, valid until \d{4}-\d\d-\d\d/);
  const file = join(cwd, 'alice.kubeconfig');
  t.is(statSync(file).mode & 0o777, 0o600);
  const asAlice = (...words: readonly string[]) => spawnSync(kubectl, ['--kubeconfig', file, ...words], { encoding: 'utf8' });
  t.is(asAlice('get', 'services').status, 0);
  t.is(asAlice('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}').stdout, 'alice');
  t.is(asAlice('auth', 'can-i', 'get', 'secrets').stdout, 'no\n');
  const pem = /client-certificate-data: (\S+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  const dates = execFileSync('openssl', ['x509', '-noout', '-enddate'], { input: Buffer.from(pem, 'base64'), encoding: 'utf8' });
  const days = (Date.parse(dates.replace('notAfter=', '')) - Date.now()) / 86_400_000;
  t.true(days > 0.9 && days < 1.1, dates);
  const left = await cluster.ok('GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests');
  t.deepEqual((left.body as { readonly items: readonly unknown[] }).items, []);

  // Again, with another role: the file is replaced, and so is the role.
  const again = await run('kubeconfig', '--user', 'alice', '--role', 'cluster-admin', '-o', 'alice.kubeconfig');
  t.is(again.status, 0, again.stderr);
  // The authority of this cluster ends in three days.
  t.regex(again.stderr, /warning: the client certificate ends on .*, sooner than asked for/);
  t.is(asAlice('auth', 'can-i', 'get', 'secrets').stdout, 'yes\n');
  const back = await run('kubeconfig', '--user', 'alice', '--role', 'view');
  t.is(back.status, 0, back.stderr);
  t.true(back.stdout.includes('client-key-data: '));
  t.is(asAlice('auth', 'can-i', 'get', 'secrets').stdout, 'no\n');
});

kubernetesTest('what is not there, or belongs to others, is refused before anything is made', async (t) => {
  const { cluster, cwd, run } = await place(t, ofListens);
  await cluster.ok('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'bob' } });
  writeFileSync(join(cwd, 'mine'), 'apiVersion: v1\n');
  for (const [args, status, said] of [
    [['--user', 'carol', '--role', 'nothing'], 2, /there is no ClusterRole nothing/],
    [['--user', 'bob', '--role', 'view'], 2, /ServiceAccount bob in namespace default that podfront did not create/],
    [['--user', 'carol'], 2, /--user and --role are given together/],
    [['--user', 'system:admin', '--role', 'view'], 2, /--user has at most 63/],
    [['--user', 'default', '--role', 'view'], 2, /account of others/],
    [['--user', 'carol', '--role', 'view/../x'], 2, /not the name of a ClusterRole/],
    [['--days', '0'], 2, /--days is a whole number/],
    [['--server', 'http://example.org'], 2, /--server is an https URL/],
    [['--output', 'mine'], 2, /mine exists already, and was not written by podfront kubeconfig/],
    [['--admin-kubeconfig', 'nowhere'], 2, /there is no kubeconfig of an administrator: there is no .*\/nowhere/],
    [['--admin-kubeconfig', 'mine'], 2, /there is no kubeconfig of an administrator: kubeconfig .*mine cannot be used/],
  ] as const) {
    const outcome = await run('kubeconfig', ...args);
    t.is(outcome.status, status, `${args.join(' ')}: ${outcome.stderr}`);
    t.regex(outcome.stderr, said);
    t.is(outcome.stdout, '');
  }
  t.is((await cluster.request('GET', '/api/v1/namespaces/default/serviceaccounts/carol')).status, 404);
  t.is(readFileSync(join(cwd, 'mine'), 'utf8'), 'apiVersion: v1\n');
});

kubernetesTest('without administrator rights the message names what was refused', async (t) => {
  const { cwd, run } = await place(t, ofListens);
  t.is((await run('kubeconfig', '--user', 'dave', '--role', 'view', '-o', 'dave.kubeconfig')).status, 0);
  const { status, stderr } = await run('kubeconfig', '--admin-kubeconfig', join(cwd, 'dave.kubeconfig'));
  t.is(status, 3);
  t.regex(stderr, /refuses to make ServiceAccount podfront in namespace kube-system: .*"dave" cannot patch/);
});

test('manifest and kubeconfig say so where the configuration needs no API', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'podfront.yaml'), 'listen: {web: {podPort: 80}}\n');
  for (const command of ['manifest', 'kubeconfig']) {
    const { status, stderr } = await podfront([command], { cwd });
    t.is(status, 2);
    t.regex(stderr, /needs nothing of the Kubernetes API.*\npodfront: hint: set kubeconfig under cluster\.api/);
  }
});
