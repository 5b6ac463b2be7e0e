// How long the built program takes to start, against bare node in the same run, in turn.
// Goal: 1.5 times at most. npm run build && node --import tsx bench/startup.ts
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, row } from './median.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
writeFileSync(
  join(folder, 'podfront.yaml'),
  'listen:\n  ingress:\n    binds: ["198.51.100.2:443"]\n    podPort: 443\n    records: wildcard\n',
);

const commands: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['-e', '0'],
  'podfront --version': [main, '--version'],
  'podfront render --offline --no-validate --haproxy-version 2.6': [
    main,
    'render',
    '--offline',
    '--no-validate',
    '--haproxy-version',
    '2.6',
  ],
  'podfront check-networks': [main, 'check-networks'],
  'podfront render --offline (with haproxy -v and haproxy -c)': [main, 'render', '--offline'],
};
const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
for (let run = -3; run < 30; run++) {
  for (const [name, args] of Object.entries(commands)) {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, { cwd: folder });
    const ms = performance.now() - start;
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    if (run >= 0) times.get(name)?.push(ms);
  }
}
rmSync(folder, { recursive: true });
const bare = times.get('node -e 0') ?? [];
for (const [name, measured] of times) {
  // Each run against the bare one beside it, so that a machine whose speed drifts does not matter.
  const ratios = measured.map((ms, i) => ms / (bare[i] ?? Number.NaN));
  console.log(`${row(name, measured)}   ratio ${median(ratios).toFixed(2)}`);
}
