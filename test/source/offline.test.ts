import test from 'ava';
import { parseConfig } from '../../src/config/parse.ts';
import { followedName } from '../../src/source/observation.ts';
import { offlineSource } from '../../src/source/offline.ts';

const never = new AbortController().signal;

test('offline nothing is asked, no pod is known, and auto is headless', async (t) => {
  const config = parseConfig(
    'cluster: {nodes: {a: 192.0.2.11}}\nlisten: {a: {podPort: 1}, b: {binds: ["127.0.0.1:5"], podPort: https}, c: {podPort: 2, records: wildcard}, d: {servicePort: 3}, e: {lbServicePort: 4}}\n',
    'podfront.yaml',
  );
  const all = await offlineSource.list(config, never);
  t.deepEqual(
    all.map((one) => [one.records, one.state, followedName(one)]),
    [
      ['headless', 'empty', 'a.default.svc.cluster.local'],
      ['srv', 'empty', '_https._tcp.b.default.svc.cluster.local'],
      ['wildcard', 'empty', '*.c.default.svc.cluster.local'],
      ['service', 'empty', null],
      ['nodes', 'found', null],
    ],
  );
  t.true(all.every(({ evidence, warnings, family }) => evidence.kind === 'none' && warnings.length === 0 && family === 4));
});

test('with the Kubernetes API, pods are addresses that podfront keeps', async (t) => {
  const config = parseConfig('cluster: {api: {kubeconfig: /nonexistent}}\nlisten: {web: {podPort: 80}}\n', 'podfront.yaml');
  const [web] = await offlineSource.list(config, never);
  t.like(web, { records: 'endpoints', state: 'empty', resolution: { kind: 'address' }, endpoints: [] });
});
