// Servers that die while cluster DNS still names them: requests that fail until HAProxy has noticed, with plain `option redispatch` and
// with what podfront writes, in one run. Goal: with 18 of 20 refusing, at most 12 of 200 requests fail, and a fault of all servers costs
// no more than without it. npm run bench:dead-servers [VARIANT...]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHaproxy } from '../demo/haproxy.ts';
import { reservePort } from '../demo/ports.ts';

/** Lines of `defaults`, with `retries 3` and the timeouts that podfront writes. */
const variants: Readonly<Record<string, readonly string[]>> = {
  'option redispatch alone': ['option redispatch'],
  'error-limit 3': ['option redispatch', 'default-server observe layer4 error-limit 3 on-error mark-down'],
  'error-limit 1, downinter 200ms rise 1 (as written)': [
    'option redispatch',
    'default-server observe layer4 error-limit 1 on-error mark-down rise 1 downinter 200ms',
  ],
  'error-limit 1, redispatch 1, downinter 200ms rise 1': [
    'option redispatch 1',
    'default-server observe layer4 error-limit 1 on-error mark-down rise 1 downinter 200ms',
  ],
};

type Death = 'refused' | 'silent';

const count = 20;
const address = (i: number) => `127.76.0.${i + 1}`;

/** A pod that answers one line to one line, after 20 ms; it can refuse connections, or leave them unanswered, and come back. */
interface Pod {
  readonly die: (how: Death) => Promise<void>;
  readonly revive: () => Promise<void>;
}

/** Listens with the shortest queue, fills it and accepts nothing: the kernel drops each further SYN (listen(2)). */
const unanswered = `
import socket, sys, time
at = (sys.argv[1], int(sys.argv[2]))
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(at)
listener.listen(0)
fill = [socket.socket() for _ in range(4)]
for one in fill:
    one.setblocking(False)
    one.connect_ex(at)
print("silent", flush=True)
time.sleep(600)
`;

async function startPod(host: string, port: number): Promise<Pod> {
  const sockets = new Set<Socket>();
  let end: () => Promise<void> = async () => {};
  const listen = async () => {
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
      socket.once('data', () => setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npod\n'), 20));
    });
    server.listen(port, host);
    await once(server, 'listening');
    end = async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    };
  };
  const beSilent = async () => {
    const child = spawn('python3', ['-c', unanswered, host, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    end = async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
  };
  await listen();
  return {
    async die(how) {
      await end();
      end = async () => {};
      if (how === 'silent') await beSilent();
    },
    async revive() {
      await end();
      await listen();
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

/** A request every `every` ms, whatever became of the others. */
function openLoop(port: number, every: number): { readonly stop: () => Promise<{ readonly requests: number; readonly failed: number }> } {
  const all: Promise<boolean>[] = [];
  const timer = setInterval(() => all.push(request(port)), every);
  return {
    async stop() {
      clearInterval(timer);
      const ends = await Promise.all(all);
      return { requests: ends.length, failed: ends.filter((ok) => !ok).length };
    },
  };
}

async function measure(name: string, lines: readonly string[], mode: 'tcp' | 'http'): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
  const podPort = await reservePort('127.0.0.1');
  const pods = await Promise.all(Array.from({ length: count }, (_, i) => startPod(address(i), podPort)));
  const port = await reservePort();
  const file = join(folder, 'haproxy.cfg');
  const servers = pods.map((_, i) => `    server pod${i + 1} ${address(i)}:${podPort} check`);
  const defaults = ['retries 3', 'timeout connect 5s', 'timeout client 1m', 'timeout server 1m', `mode ${mode}`, ...lines];
  writeFileSync(
    file,
    `defaults\n${defaults.map((line) => `    ${line}\n`).join('')}\nlisten web\n    bind 127.0.0.1:${port}\n    balance leastconn\n${servers.join('\n')}\n`,
  );
  const results: string[] = [];
  const fresh = async (work: () => Promise<string>) => {
    for (const pod of pods) await pod.revive();
    const haproxy = await startHaproxy({ folder, files: [file], env: process.env });
    try {
      await closedLoop(port, 50, 5);
      results.push(await work());
    } finally {
      await haproxy.stop();
    }
  };
  for (const clients of [1, 10])
    await fresh(async () => {
      for (const pod of pods.slice(2)) await pod.die('refused');
      return `18 of 20 refuse, ${clients} clients: ${await closedLoop(port, 200, clients)} of 200`;
    });
  await fresh(async () => {
    for (const pod of pods.slice(2)) await pod.die('silent');
    const started = performance.now();
    const failed = await closedLoop(port, 200, 20);
    return `18 of 20 silent: ${failed} of 200, ${((performance.now() - started) / 1000).toFixed(0)} s`;
  });
  for (const fault of [300, 1000, 3000])
    await fresh(async () => {
      const load = openLoop(port, 20);
      await sleep(500);
      await Promise.all(pods.map((pod) => pod.die('refused')));
      await sleep(fault);
      await Promise.all(pods.map((pod) => pod.revive()));
      await sleep(6000);
      const { failed } = await load.stop();
      return `all refuse ${fault} ms: ${failed}`;
    });
  console.log(`${mode.padEnd(5)} ${name.padEnd(58)} ${results.join('  ')}`);
  for (const pod of pods) await pod.die('refused');
  rmSync(folder, { recursive: true });
}

for (const mode of ['http', 'tcp'] as const) await Promise.all(Object.entries(variants).map(([name, lines]) => measure(name, lines, mode)));
process.exit(0);
