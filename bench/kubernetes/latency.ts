import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHaproxy } from '../../demo/haproxy.ts';
import { reservePort, reservePorts } from '../../demo/ports.ts';
import { binaryOf } from '../../test/support/coredns/build.ts';
import { ask, podAddress, podPort, type Scene, spread, startFrontend, withApi } from './scene.ts';

/** Milliseconds from a change in the API to the first request of a new pod, and to the last one of a pod that terminates or is gone. */
export async function latency(scene: Scene): Promise<void> {
  await scene.makeService('web', { clusterIP: 'None' });
  await scene.setPods('web', [{ address: podAddress(0) }]);
  const port = await reservePort();
  // What is measured is the last request to a pod: no check takes it out before, and no backup is in between.
  const listen = { web: { podPort, mode: 'http', binds: [`127.0.0.1:${port}`], balance: 'roundrobin' } };
  const frontend = await startFrontend(scene, 'api', listen, withApi(scene));
  await until(async () => (await ask(port)) !== null);
  await sleep(2000);
  console.log(`PATCH to first request        podfront   ${spread(await arrivals(scene, port, 200))}`);
  console.log(`terminating to last request   podfront   ${spread(await departures(scene, port, 100, true))}`);
  console.log(`gone to last request          podfront   ${spread(await departures(scene, port, 100, false))}`);
  console.log(`last pod gone to last request podfront   ${spread(await lastDepartures(scene, port, 30))}`);
  console.log(`reloads of HAProxy: ${(await frontend.haproxy.processes()).reloads}`);
  await frontend.stop();
  for (const cache of [false, true]) await anchor(scene, cache);
}

/** HAProxy's own resolver, through CoreDNS on the same API server. */
async function anchor(scene: Scene, cache: boolean): Promise<void> {
  const folder = join(scene.folder, cache ? 'cached' : 'plain');
  mkdirSync(folder);
  const [dnsPort = 0, port = 0] = await reservePorts(2);
  const corefile = join(folder, 'Corefile');
  const lines = [`kubernetes cluster.local {\n kubeconfig ${scene.plane.adminKubeconfig}\n ttl 5\n }`, ...(cache ? ['cache 30'] : [])];
  writeFileSync(corefile, `.:${dnsPort} {\n bind 127.0.0.1\n ${lines.join('\n ')}\n}\n`);
  const dns: ChildProcess = spawn(binaryOf('1.15.0'), ['-conf', corefile], { stdio: 'ignore' });
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
resolvers cluster
    nameserver dns1 127.0.0.1:${dnsPort}
    accepted_payload_size 8192
    hold valid 1s
    hold obsolete 0s
    timeout resolve 1s
listen web
    bind 127.0.0.1:${port}
    balance roundrobin
    server-template pod 20 web.default.svc.cluster.local:${podPort} resolvers cluster resolve-prefer ipv4 init-addr none
`,
  );
  const haproxy = await startHaproxy({ folder, files: [file], env: process.env });
  await scene.setPods('web', [{ address: podAddress(0) }]);
  await until(async () => (await ask(port)) !== null);
  console.log(
    `PATCH to first request        HAProxy through CoreDNS${cache ? ' with cache' : ''}   ${spread(await arrivals(scene, port, 20))}`,
  );
  await haproxy.stop();
  dns.kill('SIGKILL');
}

async function arrivals({ setPods, lastRequest }: Scene, port: number, runs: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 1; i <= runs; i++) {
    const address = podAddress(i);
    const began = performance.now();
    const change = setPods('web', [{ address }]);
    while (!lastRequest.has(address)) await ask(port);
    times.push((lastRequest.get(address) ?? 0) - began);
    await change;
    await sleep(20);
  }
  for (let i = 1; i <= runs; i++) lastRequest.delete(podAddress(i));
  return times;
}

/** One of two pods terminates, or is gone, while requests come without a pause. */
async function departures({ setPods, lastRequest }: Scene, port: number, runs: number, terminating: boolean): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 1; i <= runs; i++) {
    const [stays, leaves] = [{ address: podAddress(1000) }, { address: podAddress(i) }];
    await setPods('web', [stays, leaves]);
    while (!lastRequest.has(leaves.address)) await ask(port);
    const began = performance.now();
    await setPods('web', terminating ? [stays, { ...leaves, terminating: true }] : [stays]);
    while (performance.now() - began < 150) await ask(port);
    times.push(Math.max(0, (lastRequest.get(leaves.address) ?? 0) - began));
    lastRequest.delete(leaves.address);
  }
  return times;
}

async function lastDepartures({ setPods, lastRequest }: Scene, port: number, runs: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 1; i <= runs; i++) {
    const address = podAddress(i);
    await setPods('web', [{ address }]);
    while (!lastRequest.has(address)) await ask(port);
    const began = performance.now();
    await setPods('web', []);
    while (performance.now() - began < 200) await ask(port);
    times.push(Math.max(0, (lastRequest.get(address) ?? 0) - began));
    lastRequest.delete(address);
  }
  return times;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
