// 100,000 and 1,000,000 prefixes against the two default networks, beside `iprange --common` and Python's ipaddress in the same run, in turn.
// Goals at 1,000,000: a few seconds, faster than Python's ipaddress, and less than 200 MB.
// npm run build && node --import tsx bench/networks.ts
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../test/support/networks/random-networks.ts';
import { median, row } from './median.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
const cluster = ['10.0.0.0/24', '10.1.0.0/16'];
writeFileSync(join(folder, 'cluster'), `${cluster.join('\n')}\n`);
const python = `
import ipaddress, sys
cluster = [ipaddress.ip_network(n) for n in ${JSON.stringify(cluster)}]
print(sum(any(net.overlaps(own) for own in cluster) for net in map(ipaddress.ip_network, map(str.strip, open(sys.argv[1])))))
`;

for (const count of [100_000, 1_000_000]) {
  const list = join(folder, `${count}`);
  writeFileSync(list, prefixes(count));
  const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
    'node -e 0': [process.execPath, '-e', '0'],
    'iprange --common': ['iprange', list, '--common', join(folder, 'cluster')],
    'podfront check-networks': [process.execPath, main, 'check-networks', '--no-host', '--networks-file', list],
    'podfront check-networks --json': [process.execPath, main, 'check-networks', '--no-host', '--networks-file', list, '--json'],
    "Python's ipaddress": ['python3', '-c', python, list],
  };
  console.log(`${count} prefixes`);
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  for (let run = 0; run < 7; run++) {
    for (const [name, [program, ...args]] of Object.entries(commands)) {
      // Ten seconds each time; once is enough for a figure that is far away.
      if (name.startsWith('Python') && run > 0) continue;
      const start = performance.now();
      const { error, stderr } = spawnSync(program, args, { cwd: folder, maxBuffer: 1 << 28 });
      if (error !== undefined) throw new Error(`${name}: ${error.message} ${stderr}`);
      times.get(name)?.push(performance.now() - start);
    }
  }
  const bare = median(times.get('node -e 0') ?? []);
  const anchor = median(times.get('iprange --common') ?? []);
  for (const [name, measured] of times) {
    const net = name.startsWith('podfront') ? median(measured) - bare : median(measured);
    console.log(
      `  ${row(name, measured)}   ${(net / anchor).toFixed(2)} times iprange${name.startsWith('podfront') ? ', node taken off' : ''}`,
    );
  }
  console.log(`  memory: ${peak(['check-networks', '--no-host', '--networks-file', list])} MB`);
}
rmSync(folder, { recursive: true });

/** Random prefixes as routing tables have them: mostly /24, each with its network address. */
function prefixes(count: number): string {
  const random = seededRandom(count);
  const lengths = [8, 12, 16, 18, 20, 21, 22, 22, 23, 24, 24, 24, 24, 24, 24, 28, 32];
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = lengths[random(lengths.length)] ?? 24;
    const value = (((random(65536) << 16) | random(65536)) & (0xffffffff << (32 - length))) >>> 0;
    lines.push(`${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}/${length}\n`);
  }
  return lines.join('');
}

/** The largest resident set of a run, which the process reports at its end. */
function peak(args: readonly string[]): string {
  const report = 'process.on("exit", () => require("node:fs").writeSync(2, "peak " + process.resourceUsage().maxRSS + "\\n"))';
  const preload = join(folder, 'report.cjs');
  writeFileSync(preload, report);
  const { stderr } = spawnSync(process.execPath, ['--require', preload, main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return (Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024).toFixed(0);
}
