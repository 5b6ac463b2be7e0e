// A service that scales, is rolled out and loses pods under load, behind cluster DNS with and without a cache: podfront's file beside a
// hand-written one, in the same run. Goal: fewer failed requests than the hand-written file in every scene; the few that were open in a
// pod when it was killed fail with any file.
// npm run bench:rollout [cached|uncached]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../demo/cluster.ts';
import { startHaproxy } from '../demo/haproxy.ts';
import { type Pods, startPods } from '../demo/pods.ts';
import { reservePorts } from '../demo/ports.ts';
import { readScene } from '../demo/scene.ts';
import { startLoad } from './load.ts';

const clients = 8;
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const address = (n: number) => `127.77.${Math.floor(n / 200)}.${1 + (n % 200)}`;

/** Some pods of one service: those that run, and those that cluster DNS is told of. */
interface Service {
  readonly pods: Pods;
  readonly announce: (numbers: readonly number[]) => void;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** What happens to the service; each scene begins with pods 0 to 19, and ends when cluster DNS and HAProxy have had time to follow. */
const scenes: Readonly<Record<string, (service: Service) => Promise<void>>> = {
  // Each pod ends half a second after it has left cluster DNS, sooner than a cache forgets it.
  'rolled out, 2 pods at a time': async ({ pods, announce }) => {
    for (let n = 0; n < 20; n += 2) {
      await pods.start(address(20 + n), address(21 + n));
      announce(range(n + 2, n + 22));
      await sleep(500);
      await pods.stop(address(n), address(n + 1));
      await sleep(500);
    }
  },
  'scaled from 20 to 60, and to 5': async ({ pods, announce }) => {
    await pods.start(...range(20, 60).map(address));
    announce(range(0, 60));
    await sleep(12_000);
    announce(range(0, 5));
    await sleep(500);
    await pods.stop(...range(5, 60).map(address));
  },
  '18 of 20 killed, and back after 8 s': async ({ pods, announce }) => {
    await pods.stop(...range(2, 20).map(address));
    await sleep(1_000);
    announce(range(0, 2));
    await sleep(7_000);
    await pods.start(...range(2, 20).map(address));
    announce(range(0, 20));
  },
};

const hand = (nameserver: string, port: number, podPort: number) => `defaults
    mode http
    option redispatch
    retries 3
    timeout connect 5s
    timeout client 1m
    timeout server 1m

resolvers cluster
    nameserver dns1 ${nameserver}
    accepted_payload_size 8192
    hold valid 1s

listen web
    bind 127.0.0.1:${port}
    balance leastconn
    server-template pod 60 web.default.svc.cluster.local:${podPort} check resolvers cluster resolve-prefer ipv4 init-addr none
`;

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) if (holds()) return;
  throw new Error('podfront wrote no file');
}

async function measure(name: string, cached: boolean): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'podfront-rollout-'));
  const folders = [join(root, 'hand'), join(root, 'podfront')] as const;
  for (const folder of folders) mkdirSync(folder);
  const pods = await startPods(range(0, 20).map(address));
  const scene = (numbers: readonly number[]) => {
    const endpoints = numbers.map((n) => `{address: ${address(n)}}`).join(', ');
    return readScene(`services: [{name: web, headless: true, ports: [{port: ${pods.port}}], endpoints: [${endpoints}]}]`);
  };
  const cluster = await startCluster({ scene: scene(range(0, 20)), ttl: 5, cached });
  const [byHand = 0, byPodfront = 0] = await reservePorts(2);
  const [config, output, handFile] = [join(folders[1], 'podfront.yaml'), join(folders[1], 'haproxy.cfg'), join(folders[0], 'haproxy.cfg')];
  writeFileSync(handFile, hand(cluster.nameserver, byHand, pods.port));
  const document = {
    cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
    haproxy: { output, stats: 'none', reload: { master: join(folders[1], 'master.sock') } },
    listen: { web: { podPort: pods.port, mode: 'http', binds: [`127.0.0.1:${byPodfront}`] } },
  };
  writeFileSync(config, JSON.stringify(document));
  const watching = spawn(process.execPath, [main, '--config', config, 'watch'], { stdio: 'ignore' });
  await until(() => readFileSync(output, { encoding: 'utf8', flag: 'a+' }).includes(`init-addr ${address(19)}`));
  const haproxies = await Promise.all([
    startHaproxy({ folder: folders[0], files: [handFile], env: process.env }),
    startHaproxy({ folder: folders[1], files: [output], env: process.env }),
  ]);
  await sleep(8_000);
  const loads = [startLoad([byHand], clients), startLoad([byPodfront], clients)];
  await sleep(2_000);
  await scenes[name]?.({ pods, announce: (numbers) => cluster.set(scene(numbers)) });
  await sleep(12_000);
  for (const load of loads) await load.stop();
  const [theirs = 0, ours = 0] = loads.map((load) => load.failures().length);
  const [all = 0, own = 0] = loads.map((load) => load.requests());
  const reloads = (await haproxies[1].processes()).reloads;
  const ratio = theirs === 0 ? '' : `, ratio ${(ours / theirs).toFixed(2)}`;
  console.log(
    `${cached ? 'cached  ' : 'uncached'} ${name.padEnd(38)} by hand ${theirs} of ${all} failed, podfront ${ours} of ${own}${ratio}; ${reloads} reloads`,
  );
  if (ours > theirs + clients) process.exitCode = 1;
  watching.kill('SIGTERM');
  for (const haproxy of haproxies) await haproxy.stop();
  await cluster.close();
  await pods.close();
  rmSync(root, { recursive: true });
}

for (const cached of [true, false]) {
  if (!(process.argv[2] ?? (cached ? 'cached' : 'uncached')).startsWith(cached ? 'cached' : 'uncached')) continue;
  for (const name of Object.keys(scenes)) await measure(name, cached);
}
process.exit();
