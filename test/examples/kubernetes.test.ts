import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { parseAllDocuments } from 'yaml';
import { unpackImage } from '../support/containers/container.ts';
import { startNode } from '../support/containers/node.ts';
import { type PodSpec, startPod } from '../support/containers/pod.ts';
import { folderOf } from '../support/folder.ts';
import { folderOfPart } from '../support/kubernetes/build.ts';
import { type ControlPlane, startControlPlane } from '../support/kubernetes/control-plane.ts';
import { slice, slicePath, until } from '../support/kubernetes/objects.ts';
import { get } from '../support/machines/network.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

// examples/kubernetes: what the API server says about it, and the pods, run as their manifests say.

const { buildImage } = (await import(new URL('../../scripts/package/image.mjs', import.meta.url).href)) as {
  readonly buildImage: (folder: string) => Promise<{ readonly file: string }>;
};
const example = (name: string) => fileURLToPath(new URL(`../../examples/kubernetes/${name}`, import.meta.url));
const clusterTest = needs('kubernetes', 'openssl', 'root', 'ip', 'curl', 'umoci', 'crun', 'dpkg-deb');

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}

function kubectl(...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(join(folderOfPart('kubernetes-1.37.2'), 'kubectl'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

async function controlPlane(t: ExecutionContext): Promise<ControlPlane> {
  const plane = await startControlPlane();
  t.teardown(plane.close);
  await plane.ok('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'ingress' },
    spec: { ports: [{ name: 'https', port: 443, targetPort: 8080 }] },
  });
  return plane;
}

/** The slice of the Service, with so many pods from 10.1.0.5 on. */
const pods = (count: number) =>
  slice(
    'ingress',
    'ingress-1',
    Array.from({ length: count }, (_, i) => ({ addresses: [`10.1.0.${5 + i}`], conditions: { ready: true } })),
    [{ name: 'https', port: 8080 }],
  );

test('examples/kubernetes: the access is what podfront manifest prints for both configurations', async (t) => {
  for (const name of ['edge', 'inside']) {
    const { status, stdout, stderr } = await podfront(['--config', example(`${name}/podfront.yaml`), 'manifest'], { cwd: '/' });
    t.is(status, 0, stderr);
    t.is(readFileSync(example('access/access.yaml'), 'utf8'), stdout);
  }
});

clusterTest.serial(
  'examples/kubernetes: the API server takes all of it, and the pods of both serve what its EndpointSlices say',
  async (t) => {
    t.timeout(600_000);
    const [plane, { file }] = await Promise.all([controlPlane(t), buildImage(folderOf(t))]);
    const image = unpackImage(t, file);
    await plane.ok('POST', slicePath('default'), pods(3));
    const admin = ['--kubeconfig', plane.adminKubeconfig];

    for (const [kind, port] of [
      ['edge', 443],
      ['inside', 8443],
    ] as const) {
      const apply = [...admin, 'apply', '--server-side', '-k', example(kind)];
      t.regex(kubectl(...apply, '--dry-run=server'), new RegExp(`podfront-${kind} serverside-applied \\(server dry run\\)`));
      const warned = spawnSync(join(folderOfPart('kubernetes-1.37.2'), 'kubectl'), apply, { encoding: 'utf8' });
      t.is(warned.status, 0, warned.stderr);
      t.is(warned.stderr, '', 'and warns about nothing');

      const manifests = parseAllDocuments(kubectl('kustomize', example(kind))).map((document) => document.toJS() as Manifest);
      const spec = manifests.find(({ kind: one }) => one === 'DaemonSet' || one === 'Deployment')?.spec?.template?.spec;
      if (spec === undefined) throw new Error('there is no pod');
      t.is(spec.hostNetwork ?? false, kind === 'edge');
      const node = await startNode(t, plane.port);
      const token = kubectl(...admin, '-n', 'kube-system', 'create', 'token', spec.serviceAccountName).trim();
      const start = startPod(t, image, spec, {
        network: node.pid,
        configMaps: Object.fromEntries(manifests.flatMap(({ data, metadata }) => (data === undefined ? [] : [[metadata.name, data]]))),
        token: { token, 'ca.crt': plane.authority, namespace: 'kube-system' },
        env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' },
      });
      const containers = new Map([...start].map(([name, begin]) => [name, begin()]));
      const ready = (name: string) => {
        const { path, port: at } = spec.containers.find((one) => one.name === name)?.readinessProbe.httpGet ?? { path: '', port: 0 };
        return get(node, `http://127.0.0.1:${at}${path}`).then(
          () => true,
          () => false,
        );
      };
      await until(
        `both are ready: ${[...containers.values()].map(({ said }) => said()).join('')}`,
        async () => (await ready('haproxy')) && (await ready('podfront')),
      );
      const url = `http://127.0.0.1:${port}/`;
      const answers = async (count: number) =>
        new Set(await Promise.all(Array.from({ length: 4 * count }, () => get(node, url).catch(() => '')))).size === count;
      await until('all three pods serve', () => answers(3));

      await plane.ok('PATCH', slicePath('default', 'ingress-1'), pods(6));
      await until('six pods serve', () => answers(6));

      // podfront ends, and HAProxy goes on; it is started again, and follows.
      containers.get('podfront')?.kill('SIGTERM');
      t.is(await containers.get('podfront')?.ended, 0, containers.get('podfront')?.said());
      t.regex(await get(node, url), /^pod 10\.1\.0\./);
      const again = start.get('podfront')?.();
      await until('it is ready again', () => ready('podfront'));
      await plane.ok('PATCH', slicePath('default', 'ingress-1'), pods(3));
      await until(`three pods serve: ${again?.said()}`, () => answers(3));
    }
  },
);
