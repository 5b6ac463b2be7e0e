import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientCertificate } from '../../support/kubernetes/certificate-authority.ts';
import { type ControlPlane, kubeconfigText, startControlPlane } from '../../support/kubernetes/control-plane.ts';
import { slice, slicePath } from '../../support/kubernetes/objects.ts';
import { makeReader, rbac, tokenOf } from '../../support/kubernetes/reader.ts';
import { ready } from '../../support/kubernetes/samples.ts';
import { type Watched, watched } from '../../support/kubernetes/watched.ts';
import { needs } from '../../support/needs.ts';

// Credentials that are renewed while podfront runs, as the kubelet and cert-manager do it, on the real API server.

/** The pods of the listen `web` from now on. */
type Pods = (...addresses: readonly string[]) => Promise<unknown>;

async function startedPlane(): Promise<{ readonly plane: ControlPlane; readonly pods: Pods }> {
  const plane = await startControlPlane({ controllers: false });
  const { ok } = plane;
  await ok('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
  await ok('POST', slicePath('default'), slice('web', 'web-1', [ready('10.1.0.1')]));
  const pods: Pods = (...addresses) =>
    ok('PATCH', slicePath('default', 'web-1'), { endpoints: addresses.map((address) => ready(address)) });
  return { plane, pods };
}

/** The API server restarts, so that nothing of an old connection is used any more, and a pod comes. */
async function isFollowed({ apiServer }: ControlPlane, it: Watched, pods: Pods, address: string): Promise<void> {
  await apiServer.kill();
  await apiServer.start();
  await pods(address);
  await it.has('web', [address]);
  await it.recovers('web');
}

const web = '{web: {podPort: 8080}}';

needs('kubernetes', 'openssl')('with a real API server: a token file is read again when it changes', async (t) => {
  t.timeout(300_000);
  const { plane, pods } = await startedPlane();
  t.teardown(plane.close);
  await makeReader(plane, 'first');
  await makeReader(plane, 'second');
  const file = join(plane.folder, 'podfront.token');
  writeFileSync(file, await tokenOf(plane, 'first'));
  const it = watched(t, kubeconfigText(plane.url, plane.authority, { tokenFile: file }), web);
  await it.has('web', ['10.1.0.1']);

  writeFileSync(file, await tokenOf(plane, 'second'));
  await plane.ok('DELETE', `${rbac}/rolebindings/first`);
  await isFollowed(plane, it, pods, '10.1.0.2');

  await plane.ok('DELETE', '/api/v1/namespaces/default/serviceaccounts/second');
  await plane.apiServer.kill();
  await plane.apiServer.start();
  await it.fails('web', 'api.unauthorized');
  t.deepEqual(it.addresses('web'), ['10.1.0.2']);
  await makeReader(plane, 'third');
  writeFileSync(file, await tokenOf(plane, 'third'));
  await it.recovers('web');
});

needs('kubernetes', 'openssl')(
  'with a real API server: a client certificate is read again when it changes, also after it has ended',
  async (t) => {
    t.timeout(300_000);
    const { plane, pods } = await startedPlane();
    t.teardown(plane.close);
    await makeReader(plane, 'podfront');
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'podfront' };
    const users = ['first', 'second', 'third'];
    const files = { authority: join(plane.folder, 'authority.crt'), authorityKey: join(plane.folder, 'authority.key') };
    for (const name of users) {
      const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }];
      await plane.ok('POST', `${rbac}/rolebindings`, { metadata: { name }, roleRef, subjects });
      clientCertificate(plane.folder, files, name, [], 1);
    }
    clientCertificate(plane.folder, files, 'ended', [], -1);
    const folder = join(plane.folder, 'podfront');
    mkdirSync(folder);
    const install = (name: string) => {
      for (const end of ['key', 'crt']) copyFileSync(join(plane.folder, `client-${name}.${end}`), join(folder, `client.${end}`));
    };
    install('first');
    const user = { 'client-certificate': join(folder, 'client.crt'), 'client-key': join(folder, 'client.key') };
    const it = watched(t, kubeconfigText(plane.url, plane.authority, user), web);
    await it.has('web', ['10.1.0.1']);

    install('second');
    await plane.ok('DELETE', `${rbac}/rolebindings/first`);
    await isFollowed(plane, it, pods, '10.1.0.2');

    install('ended');
    await plane.apiServer.kill();
    await plane.apiServer.start();
    await it.fails('web', 'api.unauthorized');
    t.deepEqual(it.addresses('web'), ['10.1.0.2']);
    // Half of a renewal: the certificate does not belong to the key.
    copyFileSync(join(plane.folder, 'client-third.crt'), join(folder, 'client.crt'));
    await it.fails('web', 'api.credentials');
    t.deepEqual(it.addresses('web'), ['10.1.0.2']);
    install('third');
    await it.recovers('web');
    await pods('10.1.0.3');
    await it.has('web', ['10.1.0.3']);
  },
);
