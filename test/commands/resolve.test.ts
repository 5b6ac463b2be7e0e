import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { startCluster } from '../../demo/cluster.ts';
import { readScene } from '../../demo/scene.ts';
import { folderOf } from '../support/folder.ts';
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
