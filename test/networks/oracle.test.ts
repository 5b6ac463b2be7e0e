import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { parseNetwork, relationOf } from '../../src/ip/network.ts';
import { emptySpace, occupy } from '../../src/networks/facts/occupied.ts';
import { suggest } from '../../src/networks/suggest/suggest.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { checked } from '../support/networks/host.ts';
import { bits, network, pair, seededRandom } from '../support/networks/random-networks.ts';

const pairs = 100_000;

for (const family of [4, 6] as const) {
  needs('python3')(`Of ${pairs} random IPv${family} pairs we say what Python's ipaddress says`, (t) => {
    const random = seededRandom(family);
    const asked = Array.from({ length: pairs }, () => pair(random, family));
    const answers = python(asked.map(([a, b]) => `relation ${a.cidr} ${b.cidr}`));
    t.is(answers.length, pairs);
    const seen = new Map<string, number>();
    for (const [i, [a, b]] of asked.entries()) {
      const relation = relationOf(a, b);
      const ours = relation === null ? 'apart -' : `${relation} ${relation === 'contains' ? b.cidr : a.cidr}`;
      const theirs = normal(answers[i] ?? '');
      if (theirs !== ours) t.fail(`${a.cidr} and ${b.cidr}: Python says ${theirs}, we say ${ours}`);
      seen.set(relation ?? 'apart', (seen.get(relation ?? 'apart') ?? 0) + 1);
    }
    for (const relation of ['same', 'inside', 'contains', 'apart'])
      t.true((seen.get(relation) ?? 0) > 100, `${relation} turned up too seldom`);
  });

  needs('python3')(`Suggestions for IPv${family} are free and the nearest there are, as Python finds by trying all`, (t) => {
    const random = seededRandom(60 + family);
    const cases = Array.from({ length: 100 }, () => crowded(random, family));
    const answers = python(cases.map(({ wanted, busy }) => `nearest ${wanted.cidr} ${busy.map(({ cidr }) => cidr).join(' ')}`));
    let none = 0;
    for (const [i, { wanted, busy }] of cases.entries()) {
      const occupied = emptySpace([wanted]);
      for (const network of busy) occupy(occupied, network);
      const ours = suggest({ occupied, avoid: [] }, wanted, 3).networks.map(({ cidr }) => cidr);
      t.is(answers[i], ours.join(' ') || '-', `${wanted.cidr} beside ${busy.map(({ cidr }) => cidr).join(' ')}`);
      if (ours.length === 0) none++;
    }
    t.true(none > 0 && none < cases.length, `${none} of ${cases.length} have no free network`);
  });
}

needs('iprange', 'python3')(`What ${pairs} networks have in common with the cluster's is what iprange --common says`, async (t) => {
  const random = seededRandom(99);
  const folder = folderOf(t);
  for (const [service, pod] of [
    ['10.0.0.0/24', '10.1.0.0/16'],
    ['10.43.0.0/16', '10.42.0.0/16'],
    ['172.20.8.0/21', '192.168.64.0/18'],
  ] as const) {
    const list = Array.from({ length: pairs }, () => near(random, [service, pod])).join('\n');
    const { report } = await checked(t, { list }, '--service-network', service, '--pod-network', pod);
    t.is(report.checked, pairs);
    t.true(report.findings.length > 1000, `${report.findings.length} findings`);
    const [all, cluster, ours] = ['all', 'cluster', 'ours'].map((name) => join(folder, name));
    writeFileSync(all ?? '', `${list}\n`);
    writeFileSync(cluster ?? '', `${service}\n${pod}\n`);
    writeFileSync(ours ?? '', report.findings.map(({ overlap }) => `${overlap}\n`).join(''));
    t.is(iprange(t, ours ?? ''), iprange(t, all ?? '', '--common', cluster ?? ''));
  }
});

function iprange(t: ExecutionContext, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('iprange', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  t.is(status, 0, stderr);
  return stdout;
}

function python(questions: readonly string[]): readonly string[] {
  const script = fileURLToPath(new URL('../support/networks/oracle.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync('python3', [script], {
    input: `${questions.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n');
}

/** Python writes IPv4-mapped addresses in hexadecimal; the network is the same. */
function normal(answer: string): string {
  const [relation = '', cidr = ''] = answer.split(' ');
  if (!cidr.startsWith('::ffff:') && !cidr.startsWith('::')) return answer;
  return `${relation} ${parseNetwork(cidr)?.cidr ?? cidr}`;
}

/** A network to place and what is taken, of sizes that Python can try one by one; now and then nothing is left. */
function crowded(random: (n: number) => number, family: 4 | 6) {
  const [space, width, wide] =
    family === 4
      ? ([[10n << 24n, (172n << 24n) | (16n << 16n), (192n << 24n) | (168n << 16n)], 32, 8] as const)
      : ([[0xfdn << 120n], 128, 8] as const);
  const prefix = wide + 1 + random(8);
  const somewhere = () => {
    const base = space[random(space.length)] ?? 0n;
    return base | (bits(random, width) >> BigInt(wide));
  };
  const busy = Array.from({ length: random(40) }, () => network(family, somewhere(), Math.min(width, wide - 1 + random(14))));
  const wanted = random(10) === 0 ? network(family, bits(random, width), prefix) : network(family, somewhere(), prefix);
  return { wanted, busy };
}

/** A random network, half the time one that shares many bits with one of the cluster's. */
function near(random: (n: number) => number, cluster: readonly string[]): string {
  const base = parseNetwork(cluster[random(cluster.length)] ?? '');
  const noise = bits(random, 32) >> BigInt(random(2) === 0 ? 0 : 8 + random(20));
  return network(4, (base?.first ?? 0n) ^ noise, 4 + random(29)).cidr;
}
