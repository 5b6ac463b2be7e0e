import { spawn } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../demo/cluster.ts';
import { startHaproxy } from '../demo/haproxy.ts';
import { startPods } from '../demo/pods.ts';
import { reservePorts } from '../demo/ports.ts';
import { readScene } from '../demo/scene.ts';
import { startLoad } from './load.ts';

export interface Soaked {
  readonly requests: number;
  readonly failures: readonly string[];
  readonly reloads: number;
  readonly failedReloads: number;
  readonly podChanges: number;
  readonly seconds: number;
  /** Seconds in which cluster DNS failed. */
  readonly dnsDown: number;
  readonly said: string;
}

export interface SoakOptions {
  readonly folder: string;
  readonly reloads: number;
  readonly clients: number;
  /** How podfront is started: program and arguments. */
  readonly podfront: readonly string[];
}

const most = 12;
/** A pod that left cluster DNS is stopped after cluster DNS answered for so long, which is more than HAProxy needs to see it. */
const grace = 2_000;

/**
 * Constant load through HAProxy while pods come and go ten times a second, cluster DNS fails a third of the time, and the
 * configuration changes again and again, until HAProxy reloaded as often as wanted. Pods leave cluster DNS before they stop.
 */
export async function soak({ folder, reloads, clients, podfront: [file = '', ...args] }: SoakOptions): Promise<Soaked> {
  const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];
  const address = (n: number) => `127.240.0.${1 + (n % 200)}`;
  const pods = await startPods([address(0)]);
  const scene = readScene(`services: [{name: web, headless: true, ports: [{port: ${pods.port}}], pods: {first: ${address(0)}, count: 1}}]`);
  const cluster = await startCluster({ scene, ttl: 1 });
  const ports = await reservePorts(3);

  async function configure(edit: number): Promise<void> {
    const listen = Object.fromEntries(
      ports.map((port, i) => [`web${i}`, { serviceName: 'web', podPort: pods.port, mode: 'http', binds: [`127.0.0.1:${port}`] }]),
    );
    const document = {
      cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9', '127.128.0.0/9'] },
      haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') }, global: `maxconn ${2000 + edit}` },
      pace: { poll: '200ms', settle: { min: '50ms', max: '500ms' }, reloadEvery: '200ms' },
      listen,
    };
    await writeFile(`${config}.new`, JSON.stringify(document));
    await rename(`${config}.new`, config);
  }

  await configure(0);
  let said = '';
  const watching = spawn(file, [...args, '--config', config, 'watch'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  for (const stream of [watching.stdout, watching.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await until(async () => (await readFile(output, 'utf8')).includes(`init-addr ${address(0)}`));
  const haproxy = await startHaproxy({ folder, files: [output], env: process.env });
  const began = performance.now();
  const load = startLoad(ports, clients);

  let running = [0];
  let [next, podChanges, dnsDown, edit, goodSince] = [1, 0, 0, 0, began as number | null];
  const leaving = new Map<number, number>();
  const stops: Promise<void>[] = [];
  const tick = async (): Promise<void> => {
    // Up to `most` pods, one more or one less each time.
    if (running.length < 2 || (running.length < most && podChanges % 3 !== 0)) {
      const pod = next++;
      if (!leaving.has(pod % 200)) {
        await pods.start(address(pod));
        running = [...running, pod];
      }
    } else {
      const [oldest = 0, ...rest] = running;
      running = rest;
      leaving.set(oldest % 200, performance.now());
    }
    podChanges++;
    const [service] = cluster.scene().services;
    if (service !== undefined) cluster.set({ ...cluster.scene(), services: [{ ...service, endpoints: endpoints(running.map(address)) }] });
    for (const [pod, since] of leaving) {
      if (goodSince === null || performance.now() - Math.max(since, goodSince) < grace) continue;
      leaving.delete(pod);
      stops.push(pods.stop(address(pod)));
    }
  };

  try {
    for (let [n, done] = [0, 0]; done < reloads; n++) {
      const now = performance.now();
      if (now - began > 20_000 + reloads * 3_000) throw new Error(`only ${done} reloads:\n${said}`);
      // Of nine seconds three are without cluster DNS.
      const phase = Math.floor((now - began) / 3000);
      const down = phase % 3 === 2;
      cluster.fault(down ? ((['silent', 'servfail', 'refused'] as const)[Math.floor(phase / 3) % 3] ?? 'silent') : 'none');
      goodSince = down ? null : (goodSince ?? now);
      if (n % 6 === 0) await configure(++edit);
      if (n % 5 === 0)
        done = await haproxy.processes().then(
          (processes) => processes.reloads,
          () => done, // The master is executing itself anew.
        );
      await tick();
      const next = began + (n + 1) * 100;
      if (down) dnsDown += (Math.max(performance.now(), next) - now) / 1000;
      await sleep(Math.max(0, next - performance.now()));
    }
    await load.stop();
    const { reloads: done, failed } = await haproxy.processes();
    const seconds = (performance.now() - began) / 1000;
    return {
      requests: load.requests(),
      failures: load.failures(),
      reloads: done,
      failedReloads: failed,
      podChanges,
      seconds,
      dnsDown,
      said,
    };
  } finally {
    await load.stop();
    watching.kill('SIGTERM');
    await Promise.all(stops);
    await haproxy.stop();
    await cluster.close();
    await pods.close();
  }
}

function endpoints(addresses: readonly string[]) {
  const yaml = `services: [{name: x, headless: true, endpoints: [${addresses.map((address) => `{address: ${address}}`).join(', ')}]}]`;
  return readScene(yaml).services[0]?.endpoints ?? [];
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(50)) {
    if (await holds().catch(() => false)) return;
  }
  throw new Error('podfront wrote no file');
}
