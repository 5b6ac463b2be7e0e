// A sweep of 1,000 services × 20 pods against a real server (Knot): podfront's resolver beside Node's dns.Resolver, in turn in the
// same run, and dnsperf as what the machine can do. Goals: at most half of dns.Resolver's time for A and for SRV; CPU for an answer
// that has not changed at most a third of it.
// node --import tsx bench/dns.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { Resolver as NodeResolver } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openResolver, type Resolver } from '../src/dns/resolver.ts';
import { startKnot } from '../test/support/dns/knot.ts';
import { clusterZone, nameOf, podsEach, services } from './cluster-zone.ts';
import { median, row } from './median.ts';

const rounds = Number(process.argv[2] ?? 60);
const signal = new AbortController().signal;
const knot = await startKnot('cluster.local', clusterZone());
const { port } = knot.nameserver;

const theirs = new NodeResolver({ timeout: 2000, tries: 3 });
theirs.setServers([`127.0.0.1:${port}`]);
const kept = openResolver({ nameservers: [knot.nameserver], domain: 'cluster.local' });

async function ours(resolver: Resolver, type: 'A' | 'SRV', service: number): Promise<number> {
  const { outcome } = await resolver.ask({ name: nameOf(service, type), type }, signal);
  if (outcome.kind !== 'found') return 0;
  return type === 'A' ? outcome.addresses.length : outcome.services.reduce((sum, { addresses }) => sum + addresses.length, 0);
}

/** node:dns has no Additional: its SRV answers are targets, whose addresses would have to be asked for. */
async function nodes(type: 'A' | 'SRV', service: number): Promise<number> {
  const name = nameOf(service, type);
  return type === 'A' ? (await theirs.resolve4(name)).length : (await theirs.resolveSrv(name)).length;
}

/** All services; `width` questions at a time, because more than 166 overrun the socket of a resolver that does not count. */
async function sweep(width: number, ask: (service: number) => Promise<number>): Promise<void> {
  let next = 0;
  const found: Promise<number>[] = [];
  const worker = async (): Promise<void> => {
    while (next < services) {
      const asked = ask(next++);
      found.push(asked);
      await asked;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const sum = (await Promise.all(found)).reduce((a, b) => a + b, 0);
  if (sum !== services * podsEach) throw new Error(`${sum} of ${services * podsEach} pods were found`);
}

async function fresh(type: 'A' | 'SRV'): Promise<void> {
  const resolver = openResolver({ nameservers: [knot.nameserver] });
  await sweep(services, (service) => ours(resolver, type, service));
  resolver.close();
}

const measured: Readonly<Record<string, () => Promise<void>>> = {
  'A, dns.Resolver': () => sweep(128, (service) => nodes('A', service)),
  'A, podfront, a sweep from nothing': () => fresh('A'),
  'A, podfront, unchanged answers': () => sweep(services, (service) => ours(kept, 'A', service)),
  'SRV, dns.Resolver (targets only)': () => sweep(128, (service) => nodes('SRV', service)),
  'SRV, podfront, a sweep from nothing': () => fresh('SRV'),
  'SRV, podfront, unchanged answers': () => sweep(services, (service) => ours(kept, 'SRV', service)),
};

const times = new Map(Object.keys(measured).map((what) => [what, { wall: [] as number[], cpu: [] as number[] }]));
for (let round = 0; round < rounds + 5; round++) {
  for (const [what, act] of Object.entries(measured)) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await act();
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    // The first rounds are the compiler's.
    if (round >= 5) {
      times.get(what)?.wall.push(wall);
      times.get(what)?.cpu.push((user + system) / services);
    }
  }
}

console.log(`${services} services × ${podsEach} pods`);
for (const type of ['A', 'SRV']) {
  const anchor = [...times].find(([what]) => what.startsWith(`${type}, dns.Resolver`))?.[1];
  for (const [what, { wall, cpu }] of times) {
    if (!what.startsWith(`${type},`) || anchor === undefined) continue;
    const share = (of: readonly number[], by: readonly number[]) => (median(of) / median(by)).toFixed(2);
    const best = (of: readonly number[], by: readonly number[]) => (Math.min(...of) / Math.min(...by)).toFixed(2);
    const time = `${share(wall, anchor.wall)} of its time (best runs: ${best(wall, anchor.wall)})`;
    const effort = `${median(cpu).toFixed(1)} µs CPU a question, ${share(cpu, anchor.cpu)} of its (${best(cpu, anchor.cpu)})`;
    console.log(`  ${row(what, wall)}   ${time}; ${effort}`);
  }
  console.log(`  ${dnsperf(type as 'A' | 'SRV')}`);
}
kept.close();
await knot.close();

/** What dnsperf reaches on this machine, as the time for one sweep. */
function dnsperf(type: 'A' | 'SRV'): string {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
  const file = join(folder, 'questions');
  writeFileSync(file, Array.from({ length: services }, (_, i) => `${nameOf(i, type)} ${type}\n`).join(''));
  const { stdout } = spawnSync('dnsperf', ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', '3', '-e', '-b', '1024'], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  const rate = Number(/Queries per second:\s+([\d.]+)/.exec(stdout ?? '')?.[1] ?? Number.NaN);
  const time = ((services / rate) * 1000).toFixed(1).padStart(8);
  return `${`${type}, dnsperf`.padEnd(60)} ${time} ms   (${Math.round(rate)} questions a second)`;
}
