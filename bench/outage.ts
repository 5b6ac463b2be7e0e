// One outage of cluster DNS, two HAProxies side by side: one configured by hand with HAProxy's defaults, one by podfront. Prints the
// servers that are up over time. Goal: podfront's lose none. npm run bench:outage [SECONDS] [silent|servfail|refused|garbage]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Fault, startCluster } from '../demo/cluster.ts';
import { type Haproxy, startHaproxy } from '../demo/haproxy.ts';
import { startPods } from '../demo/pods.ts';
import { reservePorts } from '../demo/ports.ts';
import { addressesFrom, readScene } from '../demo/scene.ts';

const seconds = Number(process.argv[2] ?? 60);
const fault = (process.argv[3] ?? 'silent') as Fault;
const root = mkdtempSync(join(tmpdir(), 'podfront-outage-'));
const folders = { hand: join(root, 'hand'), ours: join(root, 'ours') };
for (const folder of Object.values(folders)) mkdirSync(folder);

const pods = await startPods(addressesFrom('127.76.0.1', 10).map(({ text }) => text));
const scene = `services: [{name: web, headless: true, ports: [{port: ${pods.port}}], pods: {first: 127.76.0.1, count: 10}}]`;
const cluster = await startCluster({ scene: readScene(scene) });
const [byHand, byPodfront] = await reservePorts(2);

const handFile = join(folders.hand, 'haproxy.cfg');
writeFileSync(
  handFile,
  `defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s

resolvers cluster
    nameserver dns1 ${cluster.nameserver}

listen web
    bind 127.0.0.1:${byHand}
    balance leastconn
    server-template pod 20 web.default.svc.cluster.local:${pods.port} check resolvers cluster resolve-prefer ipv4 init-addr none
`,
);
const [config, output] = [join(folders.ours, 'podfront.yaml'), join(folders.ours, 'haproxy.cfg')];
writeFileSync(
  config,
  JSON.stringify({
    cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
    haproxy: { output, stats: 'none', reload: { master: join(folders.ours, 'master.sock') } },
    listen: { web: { podPort: pods.port, mode: 'http', binds: [`127.0.0.1:${byPodfront}`] } },
  }),
);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const watching = spawn(process.execPath, [main, '--config', config, 'watch'], { stdio: 'ignore' });
const running: Haproxy[] = [];
try {
  for (let i = 0; i < 200 && !written(); i++) await sleep(50);
  const hand = await startHaproxy({ folder: folders.hand, files: [handFile], env: process.env });
  running.push(hand);
  const ours = await startHaproxy({ folder: folders.ours, files: [output], env: process.env });
  running.push(ours);
  await sleep(4000);
  console.log(`cluster DNS is ${fault} from second 0 to second ${seconds}; ten pods are ready all the time\n`);
  console.log('second   HAProxy by hand   HAProxy by podfront');
  let least = 10;
  const began = performance.now();
  for (let at = 0; at <= seconds + 10; at += seconds > 120 ? 15 : 5) {
    await sleep(Math.max(0, began + at * 1000 - performance.now()));
    const [theirs, own] = [await up(hand), await up(ours)];
    least = Math.min(least, own);
    console.log(`${String(at).padStart(6)} ${String(theirs).padStart(17)} ${String(own).padStart(21)}`);
    if (at === 0) cluster.fault(fault);
    if (at >= seconds) cluster.fault('none');
  }
  process.exitCode = least === 10 ? 0 : 1;
} finally {
  watching.kill('SIGTERM');
  for (const haproxy of running) await haproxy.stop();
  await cluster.close();
  await pods.close();
  rmSync(root, { recursive: true });
}

async function up(haproxy: Haproxy): Promise<number> {
  return (await haproxy.servers()).filter((server) => server.up).length;
}

function written(): boolean {
  try {
    return readFileSync(output, 'utf8').includes('init-addr 127.76.0.10');
  } catch {
    return false;
  }
}
