// CPU and memory of `podfront watch` at 1,000 listens of 20 pods, idle and with 10 changes a second, beside HAProxy's own in the same run.
// Goal: at most as much CPU as HAProxy, at most 120 MB. npm run bench:idle [SECONDS]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../demo/cluster.ts';
import { startHaproxy } from '../demo/haproxy.ts';
import { reservePort } from '../demo/ports.ts';
import { readScene } from '../demo/scene.ts';
import { usage } from './process.ts';

const seconds = Number(process.argv[2] ?? 30);
const listens = 1000;
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
    haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') }, global: `stats socket ${join(folder, 'own.sock')}` },
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
let haproxy: Awaited<ReturnType<typeof startHaproxy>> | undefined;
try {
  for (let i = 0; i < 300 && !written(); i++) await sleep(100);
  haproxy = await startHaproxy({ folder, files: [output], env: process.env });
  await sleep(15_000);
  const worker = (await haproxy.processes()).workers[0] ?? 0;
  const pids = [watching.pid ?? 0, worker];
  report('idle', await usage(pids, seconds));
  console.log(await heap());
  let n = 0;
  const churn = setInterval(() => {
    n++;
    cluster.scale('default', `s${(n * 37) % listens}`, 15 + (n % 6));
  }, 100);
  // What runs with each change has to become warm, too.
  await sleep(30_000);
  report('10 changes a second', await usage(pids, seconds));
  clearInterval(churn);
  console.log(await heap());
  console.log(`reloads of HAProxy: ${(await haproxy.processes()).reloads}`);
} finally {
  watching.kill('SIGTERM');
  await haproxy?.stop();
  await cluster.close();
  rmSync(folder, { recursive: true });
}

function written(): boolean {
  try {
    return readFileSync(output, 'utf8').includes(`listen s${listens - 1}\n`);
  } catch {
    return false;
  }
}

/** Where the memory is, from the daemon's own metrics. */
async function heap(): Promise<string> {
  const text = await new Promise<string>((resolve) => {
    get({ socketPath: join(folder, 'status.sock'), path: '/metrics' }, (response) => {
      let all = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
      response.once('end', () => resolve(all));
    });
  });
  const mb = (name: string) => (Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]) / 1e6).toFixed(0);
  return `heap ${mb('nodejs_heap_size_used_bytes')} of ${mb('nodejs_heap_size_total_bytes')} MB, external ${mb('nodejs_external_memory_bytes')} MB`;
}

function report(what: string, [ours, theirs]: Awaited<ReturnType<typeof usage>>): void {
  const show = (one: { cpu: number; mb: number } | undefined) =>
    `${one?.cpu.toFixed(1).padStart(5)} % CPU ${one?.mb.toFixed(0).padStart(4)} MB`;
  console.log(`${what.padEnd(22)} podfront ${show(ours)}   HAProxy worker ${show(theirs)}`);
}
