// Servers that die while cluster DNS still names them: requests that fail until HAProxy has noticed, with plain `option redispatch` and
// with what podfront writes, in one run. Goal: with 18 of 20 refusing, at most 12 of 200 requests fail, and a fault of all servers costs
// no more than without it. Runs in a network namespace of its own, as root. npm run bench:dead-servers [http|tcp]
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHaproxy } from '../demo/haproxy.ts';
import { reservePort } from '../demo/ports.ts';
import { deadServerOptions } from '../src/haproxy-syntax/dead-servers.ts';

/** Lines of `defaults`, beside `retries 3` and the timeouts that podfront writes, and an option of the server of a single pod. */
interface Variant {
  readonly lines: readonly string[];
  readonly single: string;
}

const variants: Readonly<Record<string, Variant>> = {
  'option redispatch alone': { lines: ['option redispatch'], single: '' },
  'option redispatch 1': { lines: ['option redispatch 1'], single: '' },
  'error-limit 3': { lines: ['option redispatch', 'default-server observe layer4 error-limit 3 on-error mark-down'], single: '' },
  'no exception for a single pod': { lines: ['option redispatch', `default-server ${deadServerOptions}`], single: '' },
  'as podfront writes it': { lines: ['option redispatch', `default-server ${deadServerOptions}`], single: ' observe none' },
};

/** A pod that answers one line to one line, after 20 ms; it can refuse connections for a while. */
interface Pod {
  readonly refuse: () => Promise<void>;
  readonly listen: () => Promise<void>;
}

/** Drops the answers of pods, or lets them through again: a rule of the network namespace that this runs in. */
function dropAnswers(from: string, drop: boolean): void {
  execFileSync('ip', ['rule', drop ? 'add' : 'del', 'pref', '10', 'from', from, 'blackhole']);
}

function podOn(host: string, port: number): Pod {
  const sockets = new Set<Socket>();
  let server = createServer();
  return {
    async refuse() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
    async listen() {
      if (server.listening) return;
      server = createServer((socket) => {
        sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
        socket.once('data', () =>
          setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npod\n'), 20),
        );
      });
      server.listen(port, host);
      await once(server, 'listening');
    },
  };
}

function request(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    const end = () => {
      socket.destroy();
      resolve(text.startsWith('HTTP/1.1 200'));
    };
    socket
      .setTimeout(30_000, end)
      .setEncoding('latin1')
      .once('connect', () => socket.write('GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n'))
      .on('data', (chunk: string) => (text += chunk))
      .once('error', end)
      .once('end', end);
  });
}

/** Requests by a number of clients, each one after the other; how many failed. */
async function closedLoop(port: number, requests: number, clients: number): Promise<number> {
  let [left, failed] = [requests, 0];
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left-- > 0) if (!(await request(port))) failed++;
    }),
  );
  return failed;
}

/** A request every 20 ms, whatever became of the others; gives the number that failed. */
function openLoop(port: number): () => Promise<number> {
  const all: Promise<boolean>[] = [];
  const timer = setInterval(() => all.push(request(port)), 20);
  return async () => {
    clearInterval(timer);
    return (await Promise.all(all)).filter((ok) => !ok).length;
  };
}

/** Runs all scenes of one variant; each begins with pods that answer and a new HAProxy. */
async function measure(network: string, { lines, single }: Variant, mode: 'tcp' | 'http'): Promise<readonly (readonly [string, string])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
  const [podPort, port] = [await reservePort(), await reservePort()];
  const hosts = Array.from({ length: 20 }, (_, i) => `${network}.${i + 1}`);
  const pods = hosts.map((host) => podOn(host, podPort));
  const file = join(folder, 'haproxy.cfg');
  const results: [string, string][] = [];
  const defaults = ['retries 3', 'timeout connect 5s', 'timeout client 1m', 'timeout server 1m', `mode ${mode}`, ...lines];

  async function scene(name: string, count: 1 | 20, work: () => Promise<string>): Promise<void> {
    await Promise.all(pods.map((pod) => pod.listen()));
    const servers = hosts.slice(0, count).map((host, i) => `server pod${i + 1} ${host}:${podPort} check${count === 1 ? single : ''}`);
    const listen = [`bind 127.0.0.1:${port}`, 'balance leastconn', ...servers];
    writeFileSync(
      file,
      ['defaults', ...defaults.map((line) => `    ${line}`), 'listen web', ...listen.map((line) => `    ${line}`), ''].join('\n'),
    );
    const haproxy = await startHaproxy({ folder, files: [file], env: process.env });
    await closedLoop(port, 50, 5);
    results.push([name, await work()]);
    await haproxy.stop();
  }

  for (const clients of [1, 10])
    await scene(`18 of 20 refuse, ${clients === 1 ? '1 client' : `${clients} clients`}: failed of 200`, 20, async () => {
      await Promise.all(pods.slice(2).map((pod) => pod.refuse()));
      return String(await closedLoop(port, 200, clients));
    });
  await scene('18 of 20 silent, 20 clients: failed of 200, seconds', 20, async () => {
    for (const host of hosts.slice(2)) dropAnswers(host, true);
    const began = performance.now();
    const failed = await closedLoop(port, 200, 20);
    for (const host of hosts.slice(2)) dropAnswers(host, false);
    return `${failed}, ${((performance.now() - began) / 1000).toFixed(0)} s`;
  });
  for (const [count, who] of [
    [20, 'all 20'],
    [1, 'a single pod'],
  ] as const)
    for (const ms of [300, 1000, 3000]) {
      await scene(`${who} refuse for ${ms} ms, 50 requests a second: failed`, count, async () => {
        const failed = openLoop(port);
        await sleep(500);
        await Promise.all(pods.map((pod) => pod.refuse()));
        await sleep(ms);
        await Promise.all(pods.map((pod) => pod.listen()));
        await sleep(4000);
        return String(await failed());
      });
      await scene(`${who} silent for ${ms} ms, 50 requests a second: failed`, count, async () => {
        const failed = openLoop(port);
        await sleep(500);
        dropAnswers(`${network}.0/24`, true);
        await sleep(ms);
        dropAnswers(`${network}.0/24`, false);
        await sleep(4000);
        return String(await failed());
      });
    }
  await Promise.all(pods.map((pod) => pod.refuse()));
  rmSync(folder, { recursive: true });
  return results;
}

if (process.env.PODFRONT_BENCH_NAMESPACE === undefined) {
  const env = { ...process.env, PODFRONT_BENCH_NAMESPACE: '1' };
  const { status } = spawnSync('unshare', ['-n', process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env,
  });
  process.exit(status ?? 1);
}
execFileSync('ip', ['link', 'set', 'lo', 'up']);
// The rule for local addresses comes first; those that drop answers have to come before it.
execFileSync('ip', ['rule', 'add', 'pref', '100', 'lookup', 'local']);
execFileSync('ip', ['rule', 'del', 'pref', '0']);
for (const mode of ['http', 'tcp'] as const) {
  if (!(process.argv[2] ?? mode).includes(mode)) continue;
  const names = Object.keys(variants);
  const columns = await Promise.all(Object.values(variants).map((variant, i) => measure(`127.76.${i}`, variant, mode)));
  console.log(`\nmode ${mode}: ${names.map((name, i) => `(${i + 1}) ${name}`).join('  ')}`);
  for (const [row, [scene]] of (columns[0] ?? []).entries())
    console.log(`${scene.padEnd(62)} ${columns.map((column) => (column[row]?.[1] ?? '').padStart(9)).join(' ')}`);
}
process.exit(0);
