import { kubernetesVersions } from '../../support/kubernetes/build.ts';
import { type ControlPlane, startControlPlane } from '../../support/kubernetes/control-plane.ts';
import { makePod, slice, slicePath, until } from '../../support/kubernetes/objects.ts';
import { bindReader, makeReader, rbac } from '../../support/kubernetes/reader.ts';
import { ready } from '../../support/kubernetes/samples.ts';
import { watched } from '../../support/kubernetes/watched.ts';
import { needs } from '../../support/needs.ts';

const withPlane = needs('kubernetes', 'openssl');
for (const version of kubernetesVersions) {
  withPlane(`with ${version}: kill, restart, lost history, stop, and permission withdrawn`, async (t) => {
    t.timeout(400_000);
    const plane = await startControlPlane({ version });
    t.teardown(plane.close);
    const { ok } = plane;
    const service = (name: string, spec: object) => ok('POST', '/api/v1/namespaces/default/services', { metadata: { name }, spec });
    await service('made', { ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
    await ok('POST', slicePath('default'), slice('made', 'made-1', [ready('10.1.0.1', 'made-a')]));
    await service('web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
    await makePod(plane, 'default', { name: 'web-a', address: '10.1.0.5', labels: { app: 'web' } });
    const endpoints = (...addresses: readonly string[]) =>
      ok('PATCH', slicePath('default', 'made-1'), { endpoints: addresses.map((address) => ready(address)) });

    const it = watched(t, await makeReader(plane, 'podfront'), '{made: {podPort: 8080}, web: {podPort: http, binds: ["127.0.0.1:82"]}}');
    await it.has('made', ['10.1.0.1']);
    await it.has('web', ['10.1.0.5']);
    const [pod] = it.known().get('web')?.observation?.endpoints ?? [];
    t.like(pod, { port: 8080, details: { pod: 'web-a', node: 'node1', ready: true, draining: false } });
    t.is(it.known().get('web')?.observation?.backup?.port, 80);

    await plane.apiServer.kill();
    await it.fails('made', 'api.unreachable');
    t.deepEqual(it.addresses('made'), ['10.1.0.1']);
    await plane.apiServer.start();
    await it.recovers('made');
    await endpoints('10.1.0.2');
    await it.has('made', ['10.1.0.2']);

    // What is watched from is compacted away while nobody watches: 410, and a list.
    await plane.apiServer.kill();
    await it.fails('made', 'api.unreachable');
    await plane.apiServer.start();
    await endpoints('10.1.0.3');
    await it.has('made', ['10.1.0.3']);
    const { header } = (await (await etcd(plane, 'kv/range', { key: Buffer.from('/registry').toString('base64') })).json()) as {
      readonly header: { readonly revision: string };
    };
    t.true((await etcd(plane, 'kv/compaction', { revision: header.revision, physical: true })).ok);
    await plane.apiServer.kill();
    await plane.apiServer.start();
    await endpoints('10.1.0.4');
    await it.has('made', ['10.1.0.4']);
    await it.recovers('web');

    await ok('DELETE', `${rbac}/rolebindings/podfront`);
    await it.fails('made', 'api.forbidden');
    t.deepEqual(it.addresses('made'), ['10.1.0.4']);
    await bindReader(plane, 'podfront');
    await it.recovers('made');

    const stopped = Date.now();
    plane.apiServer.pause();
    await it.fails('made', 'api.silent');
    // The bound is 30 s; a machine under load may look later.
    t.true(Date.now() - stopped < 60_000);
    t.deepEqual(it.addresses('made'), ['10.1.0.4']);
    plane.apiServer.resume();
    await it.recovers('made');
    await endpoints('10.1.0.6', '10.1.0.7');
    await it.has('made', ['10.1.0.6', '10.1.0.7']);

    await ok('DELETE', '/api/v1/namespaces/default/services/made');
    await until('the Service is gone', () => it.known().get('made')?.observation?.state === 'empty');
    t.deepEqual(it.addresses('made'), []);
  });
}

function etcd({ etcdUrl }: ControlPlane, what: string, body: object): Promise<Response> {
  return fetch(`${etcdUrl}/v3/${what}`, { method: 'POST', body: JSON.stringify(body) });
}
