// Questions a second and CPU at 1,000 idle services: podfront's schedule beside HAProxy's own resolver at its defaults, in one run,
// against a real CoreDNS with its `cache` plugin and without. Goal: at most a fifth of HAProxy's questions with a cache.
// node --import tsx bench/schedule.ts [SECONDS]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePort } from '../demo/ports.ts';
import { parseConfig } from '../src/config/parse.ts';
import { openResolver } from '../src/dns/resolver.ts';
import { watchDns } from '../src/source/dns/watch.ts';
import { systemClock } from '../src/system/clock.ts';
import { build } from '../test/support/coredns/build.ts';
import { clusterZone, services } from './cluster-zone.ts';

const seconds = Number(process.argv[2] ?? 15);
/** Time to learn whether there is a cache, and for HAProxy to fill its slots. */
const warm = 8;
const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
const [plain, cached] = [await reservePort(), await reservePort()];
const head = ['$ORIGIN cluster.local.', '$TTL 5', '@ SOA ns.dns hostmaster 1 7200 1800 86400 5', '@ NS ns.dns', 'ns.dns A 127.0.0.1'];
writeFileSync(join(folder, 'zone'), `${[...head, 'dns-version TXT "1.1.0"', ...clusterZone()].join('\n')}\n`);
const block = (port: number, extra: string) => `cluster.local:${port} {\n  bind 127.0.0.1\n  file ${folder}/zone\n  ${extra}\n}\n`;
writeFileSync(join(folder, 'Corefile'), block(plain, '') + block(cached, 'cache 30'));
const coreDns = spawn(build('1.15.0'), ['-conf', join(folder, 'Corefile')], { stdio: 'ignore' });
await answering(plain);
await answering(cached);

console.log(`${services} idle services, ${seconds} s each, poll 1 s, TTL 5 s`);
const anchor = await haproxy(plain);
tell('HAProxy, its own resolver at its defaults', anchor, anchor.rate);
tell('podfront, no cache', await podfront(plain), anchor.rate);
tell('podfront, a cache in front', await podfront(cached), anchor.rate);
coreDns.kill('SIGKILL');
rmSync(folder, { recursive: true });

interface Figures {
  /** Questions a second. */
  readonly rate: number;
  /** Share of one processor. */
  readonly cpu: number;
}

function tell(what: string, { rate, cpu }: Figures, by: number): void {
  console.log(
    `  ${what.padEnd(45)} ${rate.toFixed(0).padStart(6)} questions a second, ${(rate / by).toFixed(2)} of HAProxy's; ${(100 * cpu).toFixed(1)} % of a processor`,
  );
}

async function podfront(port: number): Promise<Figures> {
  const listens = Array.from({ length: services }, (_, i) => `svc${i}: {podPort: ${1000 + i}}`).join(', ');
  const networks = 'serviceNetworks: [10.0.0.0/24], podNetworks: [127.0.0.0/8]';
  const config = parseConfig(`cluster: {nameservers: ["127.0.0.1:${port}"], ${networks}}\nlisten: {${listens}}\n`, 'podfront.yaml');
  const resolver = openResolver(config.cluster);
  const stop = new AbortController();
  let asked = 0;
  const ask: typeof resolver.ask = (question, signal) => {
    asked++;
    return resolver.ask(question, signal);
  };
  const over = watchDns(
    config,
    { ask },
    () => {},
    { clock: systemClock, random: Math.random, hostAddresses: () => [], onAnswer: () => {} },
    stop.signal,
  ).catch(() => {});
  await sleep(warm * 1000);
  const before = { asked, cpu: process.cpuUsage() };
  await sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before.cpu);
  const figures = { rate: (asked - before.asked) / seconds, cpu: (user + system) / 1e6 / seconds };
  stop.abort();
  await over;
  resolver.close();
  return figures;
}

async function haproxy(port: number): Promise<Figures> {
  const socket = join(folder, 'socket');
  const backends = Array.from(
    { length: services },
    (_, i) => `backend b${i}\n  server-template pod 20 svc${i}.default.svc.cluster.local:8080 resolvers cluster init-addr none\n`,
  );
  const global = `global\n  stats socket ${socket} level admin\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n`;
  const resolvers = `resolvers cluster\n  nameserver dns 127.0.0.1:${port}\n  accepted_payload_size 8192\n`;
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, global + resolvers + backends.join(''));
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  await sleep(warm * 1000);
  const before = { sent: await sentBy(socket), cpu: cpuOf(child.pid) };
  await sleep(seconds * 1000);
  const figures = { rate: ((await sentBy(socket)) - before.sent) / seconds, cpu: (cpuOf(child.pid) - before.cpu) / seconds };
  child.kill('SIGKILL');
  await once(child, 'exit');
  return figures;
}

/** What HAProxy says it has sent to its name server. */
async function sentBy(socket: string): Promise<number> {
  const line = connect(socket);
  line.end('show resolvers cluster\n');
  let text = '';
  for await (const chunk of line) text += String(chunk);
  return Number(/sent:\s+(\d+)/.exec(text)?.[1] ?? Number.NaN);
}

/** Seconds of processor time the process has used (proc(5), utime and stime, in ticks of 10 ms). */
function cpuOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function answering(port: number): Promise<void> {
  const resolver = openResolver({
    nameservers: [{ address: { family: 4, value: 0x7f000001n, text: '127.0.0.1' }, port, transport: 'udp' }],
    timeouts: { overall: 500 },
  });
  const asked = () => resolver.ask({ name: 'ns.dns.cluster.local', type: 'A' }, new AbortController().signal);
  for (let tries = 0; tries < 100 && (await asked()).outcome.kind !== 'found'; tries++) await sleep(50);
  resolver.close();
}
