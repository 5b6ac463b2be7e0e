import test from 'ava';
import { type ApiObject, startKubernetesApi } from '../../../demo/kubernetes-api.ts';
import { until } from '../../support/kubernetes/objects.ts';
import { ready, serviceJson, sliceJson } from '../../support/kubernetes/samples.ts';
import { watched } from '../../support/kubernetes/watched.ts';

// A double, because etcd does not take as many writes as this in a second.

test('10,000 events at once are reported together, and end in the last state', async (t) => {
  const api = await startKubernetesApi();
  t.teardown(api.close);
  const pods = (address: string) => api.set('endpointslices', sliceJson([ready(address)]) as unknown as ApiObject);
  api.set('services', serviceJson() as unknown as ApiObject);
  pods('10.1.0.1');
  const it = watched(t, api.kubeconfig, '{web: {podPort: 8080}}');
  await it.has('web', ['10.1.0.1']);
  const before = it.reports.length;
  for (let i = 0; i < 10_000; i++) pods(`10.1.${1 + (i >> 8)}.${i & 255}`);
  await until('all have come', () => it.counts.event >= 10_000);
  await it.has('web', ['10.1.40.15']);
  const reported = it.reports.slice(before);
  t.true(reported.length < 1_000, `${reported.length} reports`);
  t.true(reported.every(({ state }) => state === 'found'));
  t.is(it.counts.restart, 0);
});
