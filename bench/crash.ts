// podfront is killed with SIGKILL at every step of its apply transaction (before it, after it, and half way through each write) and at
// random moments, 200 instants in all. Goal: each time HAProxy accepts the file on disk, and it is the old content or the new one.
// npm run bench:crash [INSTANTS]
import { spawn, spawnSync } from 'node:child_process';
import events from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../src/demo/cluster.ts';
import { startHaproxy } from '../src/demo/haproxy.ts';
import { freePort } from '../src/demo/ports.ts';
import { readScene } from '../src/demo/scene.ts';

const instants = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'podfront-crash-'));
const [config, output, notes] = [join(folder, 'podfront.yaml'), join(folder, 'out', 'haproxy.cfg'), join(folder, 'notes')];
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const preload = fileURLToPath(new URL('crash-preload.cjs', import.meta.url));
const port = await freePort();

const scene = readScene('services: [{name: web, headless: true, ports: [{port: 80}], pods: {first: 127.77.0.1, count: 2}}]');
const cluster = await startCluster({ scene });
let edit = 0;

function configure(): void {
  const document = {
    cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
    haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') }, global: `maxconn ${1000 + ++edit}` },
    listen: { web: { podPort: 80, binds: [`127.0.0.1:${port}`] } },
  };
  writeFileSync(config, JSON.stringify(document));
}

async function once(env: Readonly<Record<string, string>>): Promise<{ readonly killed: boolean; readonly ms: number }> {
  const began = performance.now();
  const args = ['--require', preload, main, '--config', config, 'watch', '--once'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, CRASH_FOLDER: join(folder, 'out'), ...env },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
  const [status, signal] = (await events.once(child, 'close')) as [number | null, string | null];
  if (signal === null && status !== 0) throw new Error(`podfront ended with ${status}:\n${said}`);
  return { killed: signal === 'SIGKILL', ms: performance.now() - began };
}

const text = () => (existsSync(output) ? readFileSync(output, 'utf8') : null);
const bad: string[] = [];

/** Kills one podfront, looks at the file, and lets the next podfront finish. */
async function crash(what: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  const before = text();
  configure();
  const { killed } = await once(env);
  const after = text();
  const accepted = spawnSync('haproxy', ['-c', '-f', output]).status === 0;
  await once({});
  const finished = text();
  if (!accepted || (after !== before && after !== finished))
    bad.push(`${what}: ${accepted ? 'neither the old content nor the new' : 'refused by HAProxy'}`);
  if (!finished?.includes(`maxconn ${1000 + edit}`)) bad.push(`${what}: the next podfront did not finish the change`);
  return killed;
}

let haproxy: Awaited<ReturnType<typeof startHaproxy>> | undefined;
try {
  configure();
  spawnSync('mkdir', [join(folder, 'out')]);
  await once({});
  haproxy = await startHaproxy({ folder, files: [output], env: process.env });
  configure();
  const { ms } = await once({ CRASH_NOTES: notes });
  const steps = readFileSync(notes, 'utf8').trim().split('\n');
  let kills = 0;
  for (const [i, step] of steps.entries()) {
    for (const when of ['before', 'after', ...(step.includes(' writeFile ') ? ['half'] : [])]) {
      kills += Number(await crash(`${when} step ${step}`, { CRASH_STEP: String(i + 1), CRASH_WHEN: when }));
    }
  }
  const atSteps = kills;
  while (kills < instants) kills += Number(await crash('at a random moment', { CRASH_MS: String(ms * (0.4 + 0.6 * Math.random())) }));
  console.log(
    `${steps.length} steps; killed ${atSteps} times at a step, ${kills - atSteps} times at a random moment; ${bad.length} bad outcomes`,
  );
  for (const one of bad) console.log(`  ${one}`);
  console.log(`reloads of HAProxy: ${(await haproxy.processes()).reloads} for ${edit} changes`);
  process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
  await haproxy?.stop();
  await cluster.close();
  rmSync(folder, { recursive: true });
}
