// Constant load while pods churn ten times a second, cluster DNS fails a third of the time and HAProxy reloads, 50 times unless told
// otherwise. Goal: no failed request. npm run bench:soak [RELOADS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { soak } from './soaking.ts';

const folder = mkdtempSync(join(tmpdir(), 'podfront-soak-'));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
try {
  const done = await soak({ folder, reloads: Number(process.argv[2] ?? 50), clients: 16, podfront: [process.execPath, main] });
  const { requests, failures, reloads, failedReloads, podChanges, seconds, dnsDown } = done;
  console.log(
    `${requests} requests in ${seconds.toFixed(0)} s, ${reloads} reloads (${failedReloads} failed), ${podChanges} changes of pods`,
  );
  console.log(`cluster DNS failed for ${dnsDown.toFixed(0)} s; ${failures.length} failed requests`);
  for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
