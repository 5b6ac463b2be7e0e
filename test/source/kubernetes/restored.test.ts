import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kubernetesVersions } from '../../support/kubernetes/build.ts';
import { startControlPlane } from '../../support/kubernetes/control-plane.ts';
import { slice, slicePath, until } from '../../support/kubernetes/objects.ts';
import { ready } from '../../support/kubernetes/samples.ts';
import { watched } from '../../support/kubernetes/watched.ts';
import { needs } from '../../support/needs.ts';

for (const version of kubernetesVersions) {
  needs('kubernetes', 'openssl')(`with ${version}: etcd comes back with an older state, and its changes are followed`, async (t) => {
    t.timeout(300_000);
    const plane = await startControlPlane({ version, controllers: false });
    t.teardown(plane.close);
    const { ok, etcd, apiServer } = plane;
    await ok('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
    await ok('POST', slicePath('default'), slice('web', 'web-1', [ready('10.1.0.1')]));
    const pods = (address: string) => ok('PATCH', slicePath('default', 'web-1'), { endpoints: [ready(address)] });
    const [state, saved] = [join(plane.folder, 'etcd'), join(plane.folder, 'etcd.saved')];
    const stopBoth = async () => {
      await apiServer.kill();
      await etcd.kill();
    };
    const startBoth = async () => {
      await etcd.start();
      await apiServer.start();
    };

    await stopBoth();
    cpSync(state, saved, { recursive: true });
    await startBoth();
    const it = watched(t, readFileSync(plane.adminKubeconfig, 'utf8'), '{web: {podPort: 8080}}');
    await it.has('web', ['10.1.0.1']);
    for (let i = 2; i <= 200; i++) await pods(`10.1.0.${i}`);
    await it.has('web', ['10.1.0.200']);

    await stopBoth();
    rmSync(state, { recursive: true });
    cpSync(saved, state, { recursive: true });
    await startBoth();
    // What the API says now is true, although it is older.
    await it.has('web', ['10.1.0.1']);
    await pods('10.1.1.1');
    await it.has('web', ['10.1.1.1']);
    t.false(it.reports.some(({ state: seen }) => seen === 'empty'));
  });
}

needs('kubernetes', 'openssl')('with a real API server: a namespace that is deleted takes its pods with it, and comes back', async (t) => {
  t.timeout(300_000);
  const plane = await startControlPlane();
  t.teardown(plane.close);
  const { ok } = plane;
  const make = async (address: string) => {
    await ok('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await ok('POST', '/api/v1/namespaces/shop/services', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
    await ok('POST', slicePath('shop'), slice('web', 'web-1', [ready(address)]));
  };
  await make('10.1.0.1');
  await ok('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'api' }, spec: { ports: [{ port: 80 }] } });
  await ok('POST', slicePath('default'), slice('api', 'api-1', [ready('10.1.0.9')]));
  const listens = '{web: {podPort: 8080, namespace: shop}, api: {podPort: 8081}}';
  const it = watched(t, readFileSync(plane.adminKubeconfig, 'utf8'), listens);
  await it.has('web', ['10.1.0.1']);
  await it.has('api', ['10.1.0.9']);
  await ok('DELETE', '/api/v1/namespaces/shop');
  await it.has('web', []);
  t.is(it.known().get('web')?.observation?.state, 'empty');
  await until('the namespace is gone', async () => (await plane.request('GET', '/api/v1/namespaces/shop')).status === 404);
  await make('10.1.0.2');
  await it.has('web', ['10.1.0.2']);
  t.deepEqual(it.addresses('api'), ['10.1.0.9']);
});
