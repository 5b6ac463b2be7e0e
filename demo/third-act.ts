import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHaproxy } from './haproxy.ts';
import { type ApiObject, startKubernetesApi } from './kubernetes-api.ts';
import { startPods } from './pods.ts';
import { reservePort } from './ports.ts';
import { answeringPods } from './requests.ts';
import { addressesFrom } from './scene.ts';
import { isCurrent, startWatch, until } from './second-act.ts';
import { takeServiceWrites } from './service-writes.ts';
import type { Closers, DemoWorld } from './setup.ts';

const name = 'shop';
const pool = '127.80.0.10';

/**
 * Shows a Service of type LoadBalancer: pending, then with an address, then a request through it. Needs HAProxy, and pods on loopback addresses.
 * Adds to `closers` what has to be stopped.
 * @returns what was seen, a sentence each. Throws an Error when something did not work.
 */
export async function thirdAct(world: DemoWorld, closers: Closers): Promise<readonly string[]> {
  const say = (text: string) => world.write(`${text}\n`);
  const { signal } = world;
  const folder = await mkdtemp(join(world.temporary, 'podfront-service-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const api = await startKubernetesApi();
  closers.push(api.close);
  const addresses = addressesFrom('127.78.1.1', 3).map(({ text }) => text);
  const pods = await startPods(addresses);
  closers.push(pods.close);
  const port = await reservePort();
  const services = new Map<string, ApiObject>();
  const writes = takeServiceWrites(api, services);

  await writeFile(join(folder, 'kubeconfig'), api.kubeconfig, { mode: 0o600 });
  const yaml = `cluster:
  api: {kubeconfig: kubeconfig}
  nameservers: ["127.0.0.1:53"] # not asked
  serviceNetworks: [127.79.0.0/24]
  podNetworks: [127.78.0.0/16]
haproxy:
  output: haproxy.cfg
  stats: none
  reload: {master: ${join(folder, 'master.sock')}}
status: ${join(folder, 'status.sock')}
loadBalancer:
  addresses: [${pool}]
`;
  await writeFile(join(folder, 'podfront.yaml'), yaml);
  say(`== Services of type LoadBalancer\n\n-- podfront.yaml\n${yaml}`);
  const watching = startWatch(world, folder);
  closers.push(watching.stop);
  const file = join(folder, 'haproxy.cfg');
  await until(() => existsSync(file), watching.said, signal);
  const haproxy = await startHaproxy({ folder, files: [file], env: world.env });
  closers.push(haproxy.stop);
  await until(() => isCurrent(join(folder, 'status.sock')), watching.said, signal);

  const began = performance.now();
  const service = {
    metadata: { name, namespace: 'production', uid: 'e1f0a3d2', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'podfront/haproxy',
      clusterIPs: ['127.79.0.8'],
      ipFamilies: ['IPv4'],
      ports: [{ name: 'http', port, targetPort: pods.port }],
    },
  } as ApiObject;
  services.set(name, service);
  api.set('services', service);
  const endpoints = addresses.map((address, i) => ({ addresses: [address], targetRef: { kind: 'Pod', name: `${name}-${i + 1}` } }));
  const metadata = { name: `${name}-1`, namespace: 'production', labels: { 'kubernetes.io/service-name': name } };
  api.set('endpointslices', { metadata, addressType: 'IPv4', ports: [{ name: 'http', port: pods.port }], endpoints } as ApiObject);
  say(`-- Service ${name}: ${writes.addressOf(name) ?? '<pending>'}`);
  await until(() => writes.addressOf(name) !== null, watching.said, signal);
  const written = performance.now() - began;
  say(`-- Service ${name}: ${writes.addressOf(name)}, after ${written.toFixed(0)} ms`);
  const { answers, failed } = await answeringPods(pool, port, addresses, signal);
  if (failed > 0 || answers.size < addresses.length)
    throw new Error(`${failed} requests failed, ${answers.size} of 3 pods answered:\n${watching.said()}`);
  say(`requests to ${pool}:${port} reach all 3 pods\n`);
  return [`a Service of type LoadBalancer was pending, and had its address ${written.toFixed(0)} ms later; all 3 pods answered through it`];
}
