// 1,000 listens of 20 pods, load on the last one, and reloads by podfront meanwhile. Goal: no request fails because of a reload, and
// none when HAProxy is restarted while cluster DNS is down. npm run bench:reload [RELOADS]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../demo/cluster.ts';
import { startHaproxy } from '../demo/haproxy.ts';
import { reservePort } from '../demo/ports.ts';
import { readScene } from '../demo/scene.ts';
import { startLoad } from './load.ts';

const reloads = Number(process.argv[2] ?? 4);
const listens = 1000;
const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];
// The pods of the last listen are real ones; the others have addresses only, and get no request.
const pods = Array.from({ length: 20 }, (_, i) => `127.75.0.${i + 1}`);
const servers = pods.map(() => createServer((_, response) => response.end('pod\n')));
await new Promise<void>((done) => servers[0]?.listen(0, pods[0], done));
const bound = servers[0]?.address();
const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
for (const [i, server] of servers.slice(1).entries()) await new Promise<void>((done) => server.listen(port, pods[i + 1], done));

const first = (i: number) => (i === listens - 1 ? '127.75.0.1' : `127.${64 + (i >> 8)}.${i & 255}.1`);
const services = Array.from(
  { length: listens },
  (_, i) => `  - {name: s${i}, headless: true, ports: [{port: ${port}}], pods: {first: ${first(i)}, count: 20}}`,
);
const cluster = await startCluster({ scene: readScene(`services:\n${services.join('\n')}\n`), ttl: 5 });

const entrance = await reservePort();
const bind = (i: number) => `${i === listens - 1 ? '127.0.0.1' : `127.200.${i >> 8}.${i & 255}`}:${entrance}`;

function configure(edit: number): void {
  const listen = Object.fromEntries(
    Array.from({ length: listens }, (_, i) => [`s${i}`, { podPort: port, mode: 'http', check: false, binds: [bind(i)] }]),
  );
  const haproxy = { output, stats: 'none', reload: { master: join(folder, 'master.sock') }, global: `maxconn ${2000 + edit}` };
  const dns = { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] };
  writeFileSync(config, JSON.stringify({ cluster: dns, haproxy, pace: { reloadEvery: '1s' }, listen }));
}

configure(0);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const watching = spawn(process.execPath, [main, '--config', config, 'watch'], { stdio: ['ignore', 'inherit', 'inherit'] });
const env = process.env;
let haproxy: Awaited<ReturnType<typeof startHaproxy>> | undefined;
try {
  for (let i = 0; i < 600 && !written(); i++) await sleep(100);
  haproxy = await startHaproxy({ folder, files: [output], env });
  const load = startLoad([entrance], 8);
  for (let n = 1; n <= reloads; n++) {
    configure(n);
    for (let i = 0; i < 600 && (await haproxy.processes().catch(() => ({ reloads: 0 }))).reloads < n; i++) await sleep(100);
    await sleep(5000);
  }
  await load.stop();
  const processes = await haproxy.processes();
  console.log(
    `${processes.reloads} reloads (${processes.failed} failed) at ${listens} listens x 20 pods: ${load.requests()} requests to the last one, ${load.failures().length} failed`,
  );
  for (const failure of load.failures().slice(0, 10)) console.log(`  ${failure}`);

  cluster.fault('silent');
  await haproxy.stop();
  haproxy = await startHaproxy({ folder, files: [output], env });
  const cold = startLoad([entrance], 8);
  await sleep(5000);
  await cold.stop();
  console.log(`restarted while cluster DNS is silent: ${cold.requests()} requests in 5 s, ${cold.failures().length} failed`);
  process.exitCode = load.failures().length + cold.failures().length === 0 ? 0 : 1;
} finally {
  watching.kill('SIGTERM');
  await haproxy?.stop();
  await cluster.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
}

function written(): boolean {
  try {
    return readFileSync(output, 'utf8').includes(`listen s${listens - 1}\n`);
  } catch {
    return false;
  }
}
