import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../demo/cluster.ts';
import { type Haproxy, startHaproxy } from '../demo/haproxy.ts';
import { reservePort } from '../demo/ports.ts';
import { readScene } from '../demo/scene.ts';

export const listens = 1000;

/** `podfront watch` with 1,000 listens of 20 pods each, and HAProxy on its file. */
export interface ThousandListens {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly haproxy: Haproxy;
  /** The processes of podfront and of HAProxy's worker. */
  readonly pids: readonly [number, number];
  readonly close: () => Promise<void>;
}

/** Starts both, and waits 15 s for what a start brings. `reload` is that key of the configuration, made from the folder. */
export async function thousandListens(reload: (folder: string) => unknown): Promise<ThousandListens> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
  const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];
  const services = Array.from(
    { length: listens },
    (_, i) => `  - {name: s${i}, headless: true, ports: [{port: 80}], pods: {first: 127.${64 + (i >> 8)}.${i & 255}.1, count: 20}}`,
  );
  const cluster = await startCluster({ scene: readScene(`services:\n${services.join('\n')}\n`), ttl: 5 });
  const port = await reservePort();
  const listen = Object.fromEntries(
    // Not checked: 20,000 health checks a second would measure something else.
    Array.from({ length: listens }, (_, i) => [
      `s${i}`,
      { podPort: 80, binds: [`127.200.${i >> 8}.${i & 255}:${port}`], check: false, maxExpectedPods: 30 },
    ]),
  );
  writeFileSync(
    config,
    JSON.stringify({
      cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
      haproxy: { output, stats: 'none', reload: reload(folder), global: `stats socket ${join(folder, 'own.sock')}` },
      status: join(folder, 'status.sock'),
      listen,
    }),
  );
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const watching = spawn(
    process.execPath,
    [...(process.env.BENCH_NODE ?? '').split(' ').filter((word) => word !== ''), main, '--config', config, 'watch'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  let haproxy: Haproxy | undefined;
  const close = async (): Promise<void> => {
    watching.kill('SIGTERM');
    await haproxy?.stop();
    await cluster.close();
    rmSync(folder, { recursive: true });
  };
  try {
    for (let i = 0; i < 300 && !written(output); i++) await sleep(100);
    haproxy = await startHaproxy({ folder, files: [output], env: process.env });
    await sleep(15_000);
    const worker = (await haproxy.processes()).workers[0] ?? 0;
    return { folder, cluster, haproxy, pids: [watching.pid ?? 0, worker], close };
  } catch (error) {
    await close();
    throw error;
  }
}

function written(output: string): boolean {
  try {
    return readFileSync(output, 'utf8').includes(`listen s${listens - 1}\n`);
  } catch {
    return false;
  }
}
