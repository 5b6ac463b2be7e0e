import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHaproxy } from './haproxy.ts';
import { type ApiObject, type KubernetesApi, startKubernetesApi } from './kubernetes-api.ts';
import { startPods } from './pods.ts';
import { reservePort } from './ports.ts';
import { answeringPods } from './requests.ts';
import { addressesFrom } from './scene.ts';
import type { Closers, DemoWorld } from './setup.ts';

const name = 'cart';
/** Addresses of loopback, because HAProxy sends its checks wherever it is pointed. */
const first = '127.78.0.1';
const clusterIP = '127.79.0.7';

/**
 * Shows podfront with the Kubernetes API as its source: a Service with a ClusterIP, scaled from 3 to 30 pods and back without a reload.
 * Needs HAProxy, and pods on loopback addresses. Adds to `closers` what has to be stopped.
 * @returns what was seen, a sentence each. Throws an Error when something did not work.
 */
export async function secondAct(world: DemoWorld, closers: Closers): Promise<readonly string[]> {
  const say = (text: string) => world.write(`${text}\n`);
  const { signal } = world;
  const addresses = (count: number) => addressesFrom(first, count).map(({ text }) => text);
  const folder = await mkdtemp(join(world.temporary, 'podfront-api-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const api = await startKubernetesApi();
  closers.push(api.close);
  const pods = await startPods(addresses(3));
  closers.push(pods.close);
  const port = await reservePort();
  api.set('services', {
    metadata: { name, namespace: 'production' },
    spec: {
      type: 'ClusterIP',
      clusterIPs: [clusterIP],
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: pods.port }],
    },
  } as ApiObject);
  setPods(api, pods.port, addresses(3));

  say(`\n== The Kubernetes API as a source: ${api.url}, list and watch of Services and EndpointSlices`);
  say(`Service ${name} has the ClusterIP ${clusterIP}: cluster DNS would not show its pods`);
  await writeFile(join(folder, 'kubeconfig'), api.kubeconfig, { mode: 0o600 });
  const yaml = `cluster:
  api: {kubeconfig: kubeconfig}
  nameservers: ["127.0.0.1:53"] # not asked: no listen needs it
  serviceNetworks: [127.79.0.0/24]
  podNetworks: [127.78.0.0/24]
haproxy:
  output: haproxy.cfg
  stats: none
  reload: {master: ${join(folder, 'master.sock')}}
status: ${join(folder, 'status.sock')}
listen:
  ${name}: {namespace: production, podPort: ${pods.port}, binds: ["127.0.0.1:${port}"], mode: http, balance: roundrobin}
`;
  await writeFile(join(folder, 'podfront.yaml'), yaml);
  say(`\n-- podfront.yaml\n${yaml}`);

  const file = join(folder, 'haproxy.cfg');
  const watching = startWatch(world, folder);
  closers.push(watching.stop);
  await until(() => existsSync(file) && readFileSync(file, 'utf8').includes(`listen ${name}\n`), watching.said, signal);
  const haproxy = await startHaproxy({ folder, files: [file], env: world.env });
  closers.push(haproxy.stop);
  say(`-- haproxy.cfg\n${readFileSync(file, 'utf8').slice(readFileSync(file, 'utf8').indexOf(`listen ${name}`))}`);
  const listed = async () => (await haproxy.servers()).filter((server) => server.up && server.address !== clusterIP).length;
  await until(async () => (await listed()) === 3, watching.said, signal);
  // Only what podfront has seen running does it change at run time.
  await until(() => isCurrent(join(folder, 'status.sock')), watching.said, signal);
  const { reloads } = await haproxy.processes();

  await pods.start(...addresses(30));
  say(`== ${name} is scaled from 3 to 30 pods, and back`);
  const began = performance.now();
  setPods(api, pods.port, addresses(30));
  const known = new Set(addresses(3));
  let arrival = Number.NaN;
  while (Number.isNaN(arrival)) {
    const { answers } = await answeringPods('127.0.0.1', port, [...known].slice(0, 1), signal);
    if ([...answers.keys()].some((pod) => !known.has(pod))) arrival = performance.now() - began;
    if (performance.now() - began > 30_000) throw new Error(`no new pod took a request in 30 s:\n${watching.said()}`);
  }
  await until(async () => (await listed()) === 30, watching.said, signal);
  const { answers, failed } = await answeringPods('127.0.0.1', port, addresses(30), signal);
  if (failed > 0 || addresses(30).some((pod) => !answers.has(pod)))
    throw new Error(`${failed} requests failed, ${answers.size} of 30 pods answered`);
  say(`the first request reached a new pod ${arrival.toFixed(0)} ms after the change; all 30 pods answered`);
  setPods(api, pods.port, addresses(3));
  await until(async () => (await listed()) === 3, watching.said, signal);
  const after = (await haproxy.processes()).reloads;
  if (after !== reloads) throw new Error(`HAProxy was reloaded ${after - reloads} times:\n${watching.said()}`);
  say('HAProxy has 3 servers again, and was not reloaded\n');
  return [
    `a Service with a ClusterIP went from 3 to 30 pods and back without a reload; the first request reached a new pod ${arrival.toFixed(0)} ms after the change`,
  ];
}

function setPods(api: KubernetesApi, port: number, addresses: readonly string[]): void {
  const endpoints = addresses.map((address, i) => ({
    addresses: [address],
    conditions: { ready: true },
    targetRef: { kind: 'Pod', name: `${name}-${i + 1}` },
  }));
  const metadata = { name: `${name}-1`, namespace: 'production', labels: { 'kubernetes.io/service-name': name } };
  api.set('endpointslices', { metadata, addressType: 'IPv4', ports: [{ name: 'http', port }], endpoints } as ApiObject);
}

/** Runs `podfront watch` in the folder until it is stopped. */
export function startWatch({ podfront: [program, ...args], env }: DemoWorld, cwd: string) {
  const child = spawn(program, [...args, '--config', 'podfront.yaml', '--no-color', 'watch'], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const over = once(child, 'close');
  return {
    said: () => text,
    async stop() {
      child.kill('SIGTERM');
      await over;
    },
  };
}

/** Whether podfront has seen HAProxy run its file. */
export async function isCurrent(socketPath: string): Promise<boolean> {
  const body = await new Promise<string>((done) => {
    const sent = get({ socketPath, path: '/status', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => done(text)).on('error', () => done(''));
    });
    sent.on('error', () => done(''));
  });
  return body !== '' && (JSON.parse(body) as { readonly haproxy?: { readonly current?: boolean } }).haproxy?.current === true;
}

/** Waits until something is so; throws with what podfront said when it is not within 30 s. */
export async function until(isSo: () => boolean | Promise<boolean>, said: () => string, signal: AbortSignal): Promise<void> {
  for (let tries = 600; tries > 0; tries--) {
    if (await isSo()) return;
    await sleep(50, undefined, { signal });
  }
  throw new Error(`not within 30 s:\n${said()}`);
}
