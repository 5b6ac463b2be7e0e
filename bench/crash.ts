// podfront is killed with SIGKILL at every step of its apply transaction, and of a change of pods at run time: before it, after it, half
// way through what it writes or sends, and at random moments between it and the next. Goal: each time HAProxy accepts the file on disk,
// it is the old content or the new one, and the next podfront finishes the change with no reload more than it needs. Of pods that
// change at run time, those that stay get requests throughout, and none of them fails. npm run bench:crash [ROUNDS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allScenarios, type CrashRow, crashEverywhere } from './crashing.ts';
import { crashPatches } from './patch-crashing.ts';

const folder = mkdtempSync(join(tmpdir(), 'podfront-crash-'));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const given = { podfront: [process.execPath, main], rounds: Number(process.argv[2] ?? 2) };
const fresh = () => mkdtempSync(join(folder, 'c'));
try {
  const rows: CrashRow[] = [...(await crashEverywhere({ ...given, folder: fresh(), scenarios: allScenarios }))];
  rows.push(...(await crashPatches({ ...given, folder: fresh() })));
  for (const [i, { scenario, point, kills, bad }] of rows.entries()) {
    if (scenario !== rows[i - 1]?.scenario) console.log(`${scenario.padEnd(32)} kills  bad`);
    console.log(`  ${point.padEnd(30)} ${String(kills).padStart(5)} ${String(bad.length).padStart(4)}`);
    for (const what of bad) console.log(`    ${what}`);
  }
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
  console.log(`${sum(({ kills }) => kills)} kills inside the transaction at ${rows.length} steps, ${sum(({ bad }) => bad.length)} bad`);
  process.exitCode = rows.some(({ bad }) => bad.length > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
