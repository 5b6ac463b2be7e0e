import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startHaproxy } from '../../demo/haproxy.ts';
import { ask, podAddress, podPort, runParts, type Scene, spread } from '../kubernetes/scene.ts';
import { steadyLoad } from '../kubernetes/steady-load.ts';
import { metallbClass, startMetallb } from './metallb.ts';

const services = '/api/v1/namespaces/default/services';

/** The part of podfront's status that is looked at. */
interface Seen {
  readonly reloads: number;
  readonly services: readonly { readonly service: string; readonly state: string }[];
}

/** Starts HAProxy and podfront for the pool 198.18.0.0/20. */
async function startLoadBalancer({ plane, folder: parent }: Scene, name: string, pace: object) {
  const folder = join(parent, name);
  mkdirSync(folder);
  const [config, output, socket] = ['podfront.yaml', 'haproxy.cfg', 'status.sock'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    config,
    JSON.stringify({
      cluster: { podNetworks: ['10.1.0.0/16'], api: { kubeconfig: plane.adminKubeconfig } },
      haproxy: { output, stats: '127.0.0.1:8000', reload: { master: join(folder, 'master.sock') } },
      status: socket,
      pace,
      loadBalancer: { addresses: ['198.18.0.0/20'] },
    }),
  );
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const podfront: ChildProcess = spawn(process.execPath, [main, '--config', config, '--log-level', 'warn', 'watch'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const seen = (): Promise<Seen | null> =>
    new Promise((resolve) => {
      let text = '';
      request({ socketPath: socket, path: '/status', headers: { host: 'localhost' } }, (response) => {
        response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(JSON.parse(text) as Seen));
      })
        .once('error', () => resolve(null))
        .end();
    });
  while ((await seen()) === null) await sleep(50);
  await sleep(6_000);
  const haproxy = await startHaproxy({ folder, files: [output], env: process.env });
  await sleep(3_000);
  return {
    seen: async () => (await seen()) ?? { reloads: 0, services: [] },
    async stop() {
      const over = once(podfront, 'exit');
      podfront.kill('SIGTERM');
      await over;
      await haproxy.stop();
    },
  };
}

function spec(port = 80, loadBalancerClass = 'podfront/haproxy'): object {
  return {
    type: 'LoadBalancer',
    loadBalancerClass,
    allocateLoadBalancerNodePorts: false,
    ports: [{ name: 'http', port, targetPort: podPort }],
  };
}

async function addressOf({ plane }: Scene, name: string): Promise<string | null> {
  const { body } = await plane.ok('GET', `${services}/${name}`);
  const { status } = (typeof body === 'string' ? JSON.parse(body) : body) as {
    readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
  };
  return status.loadBalancer?.ingress?.[0]?.ip ?? null;
}

/** Makes a Service; resolves with its address, and the milliseconds until that stood in the status. */
async function addressAfter(scene: Scene, name: string, loadBalancerClass?: string) {
  const began = performance.now();
  await scene.makeService(name, spec(80, loadBalancerClass));
  let address: string | null = null;
  while (address === null) {
    await sleep(5);
    address = await addressOf(scene, name);
  }
  return { address, began, after: performance.now() - began };
}

/** From the creation of a Service until its status is written and a request to that address is answered; MetalLB gives the address alone. */
async function latency(scene: Scene): Promise<void> {
  const frontend = await startLoadBalancer(scene, 'latency', { reloadEvery: '1s' });
  const stopMetallb = await startMetallb(scene);
  const [written, answered, anchor]: [number[], number[], number[]] = [[], [], []];
  const { reloads } = await frontend.seen();
  for (let i = 0; i < 20; i++) {
    await sleep(750);
    anchor.push((await addressAfter(scene, `anchor${i}`, metallbClass)).after);
    await sleep(750);
    await scene.setPods(`one${i}`, [{ address: podAddress(i) }]);
    const { address, began, after } = await addressAfter(scene, `one${i}`);
    written.push(after);
    while ((await ask(80, address)) === null) await sleep(2);
    answered.push(performance.now() - began);
  }
  console.log(`Service created, status written:               ${spread(written)}`);
  console.log(`Service created, first request answered:       ${spread(answered)}`);
  console.log(`reloads for ${written.length} Services:                       ${(await frontend.seen()).reloads - reloads}`);
  console.log(`MetalLB's controller, the address alone:       ${spread(anchor)}`);
  await stopMetallb();
  await frontend.stop();
}

/** A thousand Services at once, each with a pod. */
async function thousand(scene: Scene): Promise<void> {
  const { plane } = scene;
  await plane.ok('POST', '/apis/networking.k8s.io/v1/servicecidrs', { metadata: { name: 'more' }, spec: { cidrs: ['10.4.0.0/16'] } });
  const frontend = await startLoadBalancer(scene, 'thousand', {});
  const names = Array.from({ length: 1_000 }, (_, i) => `many${i}`);
  for (const [i, name] of names.entries()) await scene.setPods(name, [{ address: podAddress(i) }]);
  await sleep(11_000);
  const { reloads } = await frontend.seen();
  const began = performance.now();
  const open = [...names];
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let name = open.pop(); name !== undefined; name = open.pop()) await scene.makeService(name, spec());
    }),
  );
  const created = performance.now() - began;
  let served = 0;
  while (served < names.length) {
    await sleep(250);
    served = (await frontend.seen()).services.filter(
      ({ service, state }) => service.startsWith('default/many') && state === 'served',
    ).length;
    if (performance.now() - began > 120_000) throw new Error(`only ${served} are served`);
  }
  const all = performance.now() - began;
  const answers = await Promise.all(names.slice(-20).map(async (name) => ask(80, (await addressOf(scene, name)) ?? '')));
  console.log(`1,000 Services: made in ${(created / 1000).toFixed(1)} s, all served and written after ${(all / 1000).toFixed(1)} s`);
  console.log(
    `reloads: ${(await frontend.seen()).reloads - reloads}; the last 20 that answer: ${answers.filter((one) => one !== null).length}`,
  );
  await frontend.stop();
}

/** A steady load on one Service, while another is created, changed and deleted 50 times. */
async function churn(scene: Scene): Promise<void> {
  const { plane } = scene;
  const frontend = await startLoadBalancer(scene, 'churn', { reloadEvery: '500ms' });
  await scene.setPods('steady', [{ address: podAddress(1) }, { address: podAddress(2) }]);
  await scene.makeService('steady', spec(8081));
  await scene.setPods('restless', [{ address: podAddress(3) }]);
  let address: string | null = null;
  while (address === null) {
    await sleep(20);
    address = await addressOf(scene, 'steady');
  }
  const { reloads } = await frontend.seen();
  const load = steadyLoad(8081, 200, address);
  for (let i = 0; i < 50; i++) {
    await scene.makeService('restless', spec(8082));
    await sleep(400);
    await plane.ok('PATCH', `${services}/restless`, { spec: spec(8083) });
    await sleep(400);
    await plane.ok('DELETE', `${services}/restless`);
    await sleep(400);
  }
  const { requests, failures } = await load.stop();
  console.log(
    `50 times created, changed and deleted: ${(await frontend.seen()).reloads - reloads} reloads; of ${requests} requests to another Service ${failures} failed`,
  );
  await frontend.stop();
}

await runParts({ latency, thousand, churn });
process.exit();
