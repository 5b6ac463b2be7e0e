import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../../demo/cluster.ts';
import { readScene } from '../../demo/scene.ts';
import { usage } from '../process.ts';
import { ask, podAddress, type Scene, startFrontend, withApi } from './scene.ts';

const services = 1000;
const pods = 20;
const port = 9000;
const seconds = 30;

/** 1,000 Services of 20 endpoints each: CPU and memory, idle and at ten changes a second, from the API and by DNS. */
export async function idle(scene: Scene): Promise<void> {
  const podsOf = (service: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ address: podAddress((service * pods + i) % 50_000) }));
  for (let i = 0; i < services; i += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, j) => {
        await scene.makeService(`s${i + j}`, { clusterIP: 'None' });
        await scene.setPods(`s${i + j}`, podsOf(i + j, pods));
      }),
    );
  }
  const listen = (more: object) =>
    Object.fromEntries(
      Array.from({ length: services }, (_, i) => [
        `s${i}`,
        { podPort: 8080, mode: 'http', check: false, binds: [`127.200.${i >> 8}.${i & 255}:${port}`], ...more },
      ]),
    );
  await measure(
    'Kubernetes API',
    () => startFrontend(scene, 'api', listen({}), withApi(scene)),
    (n) => {
      const service = (n * 37) % services;
      scene.setPods(`s${service}`, podsOf(service, 15 + (n % 6))).catch(() => {});
    },
  );

  const zone = Array.from(
    { length: services },
    (_, i) => `  - {name: s${i}, headless: true, ports: [{port: 8080}], pods: {first: 127.${64 + (i >> 8)}.${i & 255}.1, count: 20}}`,
  );
  const dns = await startCluster({ scene: readScene(`services:\n${zone.join('\n')}\n`), ttl: 5 });
  const named = () =>
    startFrontend(scene, 'dns', listen({ maxExpectedPods: 30 }), { nameservers: [dns.nameserver], podNetworks: ['127.0.0.0/9'] });
  await measure('cluster DNS', named, (n) => dns.scale('default', `s${(n * 37) % services}`, 15 + (n % 6)));
  await dns.close();
}

async function measure(source: string, start: () => ReturnType<typeof startFrontend>, change: (n: number) => void): Promise<void> {
  const began = performance.now();
  const frontend = await start();
  while ((await ask(port, '127.200.3.231')) === null && performance.now() - began < 60_000) await sleep(20);
  console.log(`${source}: from start to served ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await sleep(15_000);
  const pid = frontend.podfront.pid ?? 0;
  show(source, 'idle', await usage([pid, (await frontend.haproxy.processes()).workers[0] ?? 0], seconds));
  let n = 0;
  const churn = setInterval(() => change(n++), 100);
  await sleep(15_000);
  // By DNS a reload may come in between, and make another worker.
  show(source, '10 changes a second', await usage([pid], seconds));
  clearInterval(churn);
  console.log(`${source}: reloads ${(await frontend.haproxy.processes()).reloads}`);
  await frontend.stop();
}

function show(source: string, what: string, [ours, theirs]: Awaited<ReturnType<typeof usage>>): void {
  const one = (each: { cpu: number; mb: number } | undefined) => `${each?.cpu.toFixed(1)} % CPU ${each?.mb.toFixed(0)} MB`;
  console.log(`${source}: ${what}: podfront ${one(ours)}${theirs === undefined ? '' : `, HAProxy ${one(theirs)}`}`);
}
