// What a hostile machine does to podfront: floods of the status page, name servers that misbehave over UDP and TCP, a HAProxy binary that hangs
// or floods, and files to import that are made to take long. Each row has its bounds; the exit status is 1 when one of them is broken.
// npm run bench:hostile [WORD]: the rows whose names contain the word.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { reservePort } from '../demo/ports.ts';
import { hostileFiles } from './hostile/files.ts';
import { hostileHaproxies } from './hostile/haproxies.ts';
import { hostileServers } from './hostile/name-servers.ts';
import { pageFloods } from './hostile/page-floods.ts';
import { peakMb } from './process.ts';

/** Milliseconds in which the daemon answers `/healthz` after, and megabytes it has at most during, an attack. */
const daemonBounds = { ms: 2_000, mb: 300 };
/** How long a daemon is attacked, in milliseconds. */
const attackTime = 5_000;
/** `haproxy -c` has a minute, and a child that leaves a process behind a second more. */
const renderBounds = { ms: 70_000, mb: 300 };
/** A file of 4 MiB: on a quiet machine the slowest one takes 15 s, and HAProxy, which checks the result, has a minute more. */
const importBounds = { ms: 120_000, mb: 1_800 };

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'podfront-hostile-'));
const wanted = process.argv[2] ?? '';
let broken = 0;

/** The outcome of one row: how long what is bounded took, and the most memory. */
interface Measured {
  readonly ms: number;
  readonly mb: number;
  /** What else went wrong; null for nothing. */
  readonly fault: string | null;
}

async function row(name: string, bounds: { readonly ms: number; readonly mb: number }, measure: () => Promise<Measured>): Promise<void> {
  if (!name.includes(wanted)) return;
  const { ms, mb, fault } = await measure();
  const holds = fault === null && ms <= bounds.ms && mb <= bounds.mb;
  if (!holds) broken++;
  const figures = `${(ms / 1000).toFixed(2).padStart(7)} s of ${bounds.ms / 1000} s  ${mb.toFixed(0).padStart(5)} MB of ${bounds.mb} MB`;
  console.log(`${holds ? 'holds ' : 'BROKEN'}  ${name.padEnd(62)}${figures}${fault === null ? '' : `  ${fault}`}`);
}

function configure(nameserver: string, port: number, binary = 'haproxy'): string {
  const file = join(folder, 'podfront.yaml');
  const document = {
    cluster: { nameservers: [nameserver], podNetworks: ['127.0.0.0/9'], serviceNetworks: ['127.255.0.0/24'] },
    haproxy: { output: join(folder, 'haproxy.cfg'), reload: 'none', stats: 'none', binary },
    pace: { poll: '50ms' },
    status: `127.0.0.1:${port}`,
    listen: Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`web${i}`, { binds: [`127.0.0.1:${20_000 + i}`], podPort: 80, records: 'headless' }]),
    ),
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/** Attacks a daemon for some seconds, and then asks whether it is still there. */
async function attackDaemon(nameserver: string, attack: (port: number, signal: AbortSignal) => Promise<void>): Promise<Measured> {
  const port = await reservePort();
  const daemon = start(['--config', configure(nameserver, port), 'watch']);
  try {
    await answers(port, 20_000);
    const stop = AbortSignal.timeout(attackTime);
    await attack(port, stop).catch(() => {});
    if (!stop.aborted) await once(stop, 'abort');
    const began = performance.now();
    const healthy = await answers(port, 20_000);
    const ms = performance.now() - began;
    if (daemon.child.exitCode !== null || !healthy) return { ms, mb: 0, fault: `it ended: ${daemon.said().slice(-300)}` };
    const lines = daemon.said().split('\n').length;
    return { ms, mb: peakMb(daemon.child.pid ?? 0), fault: lines > 500 ? `it wrote ${lines} lines` : null };
  } finally {
    daemon.child.kill('SIGKILL');
    await daemon.ended;
  }
}

/** Runs a command to its end. */
async function toItsEnd(args: readonly string[], limit: number): Promise<Measured> {
  const command = start(args);
  let mb = 0;
  const watching = setInterval(() => {
    mb = Math.max(mb, peakMb(command.child.pid ?? 0));
  }, 20);
  const killing = setTimeout(() => command.child.kill('SIGKILL'), limit + 5_000);
  const began = performance.now();
  const status = await command.ended;
  clearInterval(watching);
  clearTimeout(killing);
  const sound = [0, 1, 2, 3, 4, 5].includes(status ?? 70);
  return { ms: performance.now() - began, mb, fault: sound ? null : `exit status ${status}: ${command.said().slice(0, 300)}` };
}

function start(args: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
} {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 1 << 22) said += text;
  });
  const ended = once(child, 'close').then(([status]) => status as number | null);
  return { child, ended, said: () => said };
}

/** Whether the daemon answers within the time. */
async function answers(port: number, within: number): Promise<boolean> {
  for (const until = performance.now() + within; performance.now() < until; await sleep(20)) {
    const status = await new Promise((resolve) => {
      get({ host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: 5_000 }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).once('error', () => resolve(null));
    });
    if (status === 200) return true;
  }
  return false;
}

try {
  for (const { name, attack } of pageFloods) await row(`page: ${name}`, daemonBounds, () => attackDaemon('127.0.0.1:9', attack));
  for (const { name, open } of hostileServers)
    await row(`name server: ${name}`, daemonBounds, async () => {
      const server = await open();
      try {
        return await attackDaemon(`127.0.0.1:${server.port}`, async () => {});
      } finally {
        await server.close();
      }
    });
  for (const { name, script } of hostileHaproxies) {
    const binary = join(folder, 'haproxy');
    await row(`haproxy: ${name}`, renderBounds, () => {
      writeFileSync(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return toItsEnd(
        ['--config', configure('127.0.0.1:9', 9, binary), 'render', '--offline', '--haproxy-version', '2.6'],
        renderBounds.ms,
      );
    });
  }
  for (const { name, text } of hostileFiles) {
    await row(`import: ${name}`, importBounds, () => {
      writeFileSync(join(folder, 'old.cfg'), text());
      return toItsEnd(['import', 'old.cfg'], importBounds.ms);
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(broken === 0 ? 'all bounds hold' : `${broken} bounds are broken`);
process.exitCode = broken === 0 ? 0 : 1;
