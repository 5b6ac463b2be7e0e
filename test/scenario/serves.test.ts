import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { startCluster } from '../../demo/cluster.ts';
import { type Pods, startPods } from '../../demo/pods.ts';
import { reservePort } from '../../demo/ports.ts';
import { type Scene, withPodPort } from '../../demo/scene.ts';
import { exampleOnLoopback, exampleScene } from '../support/examples.ts';
import { folderOf } from '../support/folder.ts';
import { runHaproxy } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

// The examples as they stand, on loopback: the real podfront renders them from the embedded cluster, the real HAProxy runs
// what was rendered, and requests must reach every pod.
const cases: readonly { readonly name: string; readonly clusterIp?: string }[] = [
  { name: 'ingress-443' },
  { name: 'headless-service' },
  { name: 'named-port' },
  { name: 'cluster-ip', clusterIp: '127.0.0.42' },
  { name: 'pods-with-fallback', clusterIp: '127.0.0.60' },
];

for (const { name, clusterIp } of cases) {
  for (const transport of ['udp', 'tcp'] as const) {
    needs('haproxy')(`HAProxy serves the pods of examples/${name} with cluster DNS over ${transport}`, async (t) => {
      const scene = exampleScene(name);
      // Where the example goes to the ClusterIP, a listener there stands for kube-proxy.
      const reached = name === 'cluster-ip' && clusterIp !== undefined ? [clusterIp] : podsOf(scene);
      const pods = await startPods(reached);
      t.teardown(pods.close);
      const { port } = await serve(t, name, transport, scene, pods);
      t.deepEqual(await answersOf(port, reached.length * 4), [...reached].sort());
      if (name === 'pods-with-fallback' && clusterIp !== undefined) {
        await pods.start(clusterIp);
        await pods.stop(...podsOf(scene));
        await eventually(async () => (await answersOf(port, 1)).includes(clusterIp));
      }
    });
  }
}

needs('haproxy')(
  'HAProxy fills free slots by its own resolver, and after rendering again from 3 to 30 pods serves all of them',
  async (t) => {
    const scene = exampleScene('headless-service');
    const pods = await startPods(podsOf(scene));
    t.teardown(pods.close);
    const { port, folder, cluster, haproxy } = await serve(t, 'headless-service', 'udp', scene, pods);
    await pods.start(...cluster.scale('production', 'shop', 12));
    await eventually(async () => (await answersOf(port, 48)).length === 12);
    const addresses = cluster.scale('production', 'shop', 30);
    await pods.start(...addresses);
    const { status, stderr } = await podfront(['render', 'haproxy.cfg', '--explain'], { cwd: folder });
    t.is(status, 0, stderr);
    t.regex(stderr, /30 pods, 50 slots, 20 free \(was 20 slots\)/);
    t.true(await haproxy.reload());
    t.deepEqual(await answersOf(port, 120), [...addresses].sort());
  },
);

async function serve(t: ExecutionContext, name: string, transport: 'udp' | 'tcp', scene: Scene, pods: Pods) {
  const cluster = await startCluster({ scene: withPodPort(scene, pods.port), wildcard: true, host: '127.0.0.254' });
  t.teardown(cluster.close);
  const port = await reservePort();
  const nameserver = transport === 'tcp' ? `tcp@${cluster.nameserver}` : cluster.nameserver;
  const config = exampleOnLoopback(name, nameserver)
    .config.replace(/binds: .*/, `binds: ["127.0.0.1:${port}"]`)
    .replace(/((?:pod|service|fallbackService)Port:) \d+/g, `$1 ${pods.port}`);
  const folder = folderOf(t);
  writeFileSync(
    join(folder, 'podfront.yaml'),
    `${config}pace: {poll: 100ms}\nhaproxy: {stats: none, defaults: "default-server inter 200ms fall 1"}\n`,
  );
  const { status, stderr } = await podfront(['render', 'haproxy.cfg'], { cwd: folder });
  t.is(status, 0, stderr);
  const haproxy = await runHaproxy(t, { folder, files: [join(folder, 'haproxy.cfg')] });
  return { port, folder, cluster, haproxy };
}

function podsOf(scene: Scene): readonly string[] {
  return scene.services.flatMap(({ endpoints }) => endpoints.filter(({ ready }) => ready).map(({ address }) => address.text));
}

/** Which pods answered `n` requests, each on a connection of its own. */
async function answersOf(port: number, n: number): Promise<readonly string[]> {
  const answered = new Set<string>();
  for (let i = 0; i < n; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).catch(() => null);
    if (response?.ok) answered.add((await response.text()).replace('pod ', '').trim());
  }
  return [...answered].sort();
}

/** Asks again until it is so; the test's own time limit ends it when it never is. */
async function eventually(so: () => Promise<boolean>): Promise<void> {
  while (!(await so()));
}
