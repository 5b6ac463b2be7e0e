import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { startCluster } from '../../demo/cluster.ts';
import { type ApiObject, startKubernetesApi } from '../../demo/kubernetes-api.ts';
import { readScene } from '../../demo/scene.ts';
import { folderOf } from '../support/folder.ts';
import { draining, ready, serviceJson, sliceJson } from '../support/kubernetes/samples.ts';
import { podfront } from '../support/podfront.ts';

const scene = `
services:
  - name: web
    headless: true
    ports: [{name: http, port: 80, targetPort: 8080}]
    pods: {first: 127.10.3.1, count: 2}
`;

test('resolve --json has the fields that the interface promises, found and failed', async (t) => {
  const folder = folderOf(t);
  const cluster = await startCluster({ scene: readScene(scene) });
  t.teardown(cluster.close);
  const config = `cluster: {nameservers: ["${cluster.nameserver}"], podNetworks: [127.10.0.0/16]}\nlisten: {web: {podPort: 8080}}\n`;
  writeFileSync(join(folder, 'podfront.yaml'), config);

  const found = await podfront(['resolve', '--json'], { cwd: folder });
  t.is(found.status, 0);
  const [one = {}] = JSON.parse(found.stdout) as Record<string, unknown>[];
  t.like(one, {
    listen: 'web',
    service: 'web.default.svc.cluster.local',
    records: 'headless',
    kind: 'pods',
    state: 'found',
    endpoints: [
      { address: '127.10.3.1', port: 8080 },
      { address: '127.10.3.2', port: 8080 },
    ],
    slots: 20,
    problem: null,
    warnings: [],
  });
  const [asked] = one.asked as Record<string, unknown>[];
  t.like(asked, {
    name: 'web.default.svc.cluster.local',
    type: 'A',
    server: cluster.nameserver,
    transport: 'udp',
    rcode: 'NOERROR',
    answers: 2,
    ttl: 5,
  });
  t.true(Number(asked?.bytes) > 60 && Number(asked?.ms) >= 0);

  cluster.fault('refused');
  const failed = await podfront(['resolve', '--json'], { cwd: folder });
  t.is(failed.status, 3);
  const [other = {}] = JSON.parse(failed.stdout) as Record<string, unknown>[];
  t.like(other, { state: 'failed', kind: 'unknown', endpoints: [], slots: 0 });
  const { code, message, hint } = other.problem as Record<string, string>;
  t.is(code, 'dns.refused');
  t.regex(failed.stderr, new RegExp(`listen.web: ${message?.replaceAll('.', '\\.')}`));
  t.true(failed.stderr.includes(hint ?? '-'));
});

test('resolve shows the EndpointSlices of the Kubernetes API in place of questions, in JSON and as text', async (t) => {
  const folder = folderOf(t);
  const api = await startKubernetesApi();
  t.teardown(() => api.close().catch(() => {}));
  api.set('services', serviceJson() as unknown as ApiObject);
  const endpoints = [{ ...ready('10.1.0.1', 'web-a'), nodeName: 'node1', zone: 'zone1' }, draining('10.1.0.2')];
  api.set('endpointslices', sliceJson(endpoints) as unknown as ApiObject);
  writeFileSync(join(folder, 'kubeconfig'), api.kubeconfig);
  writeFileSync(
    join(folder, 'podfront.yaml'),
    'cluster: {api: {kubeconfig: kubeconfig}}\nlisten: {web: {podPort: 8080}, gone: {podPort: 81}}\n',
  );

  const json = await podfront(['resolve', '--json', 'web'], { cwd: folder });
  t.is(json.status, 0, json.stderr);
  const [one] = JSON.parse(json.stdout) as Record<string, unknown>[];
  t.like(one, { records: 'endpoints', kind: 'pods', state: 'found', slots: 2, problem: null, asked: [] });
  t.deepEqual(one?.endpoints, [
    { address: '10.1.0.1', port: 8080, pod: 'web-a', node: 'node1', zone: 'zone1', ready: true, draining: false },
    { address: '10.1.0.2', port: 8080, pod: null, node: null, zone: null, ready: false, draining: true },
  ]);

  const text = await podfront(['resolve'], { cwd: folder });
  t.is(text.status, 0);
  t.regex(text.stdout, /^web +web-1 +\d+ +IPv4 +2 +1 +1$/m);
  t.regex(text.stdout, /^web +10\.1\.0\.1:8080 +web-a +node1 +zone1 +ready$/m);
  t.regex(text.stdout, /^web +10\.1\.0\.2:8080 +- +- +- +draining$/m);
  t.regex(text.stderr, /there is no Service gone in namespace default/);

  const explained = await podfront(['render', '--explain', '--no-validate', '--haproxy-version', '2.6'], { cwd: folder });
  t.is(explained.status, 0, explained.stderr);
  t.regex(explained.stderr, /web: endpoints: its EndpointSlice names them\n {2}2 pods, 1 of them draining/);
  t.regex(
    explained.stdout,
    /server web-a 10\.1\.0\.1:8080 check\n.*server pod1 10\.1\.0\.2:8080 check.* weight 0\n.*server service 10\.0\.0\.7:80 .*backup/,
  );

  await api.close();
  const failed = await podfront(['resolve', '--json', 'web'], { cwd: folder });
  t.is(failed.status, 3);
  t.like(JSON.parse(failed.stdout)[0], { state: 'failed', slots: 0, problem: { code: 'api.unreachable' } });
  t.is((await podfront(['render', 'haproxy.cfg'], { cwd: folder })).status, 3);
});
