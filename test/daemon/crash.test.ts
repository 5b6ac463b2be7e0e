import { fileURLToPath } from 'node:url';
import { crashEverywhere, type Scenario } from '../../bench/crashing.ts';
import { tempFolder } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

// bench/crash.ts in short: every step of an apply once.
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What each transaction is made of: were a step taken in another way, it would not be killed there. */
const steps: Readonly<Record<Scenario, readonly string[]>> = {
  'change is taken': ['write candidate', 'start check', 'end of check', 'link file', 'rename candidate', 'send reload', 'write note'],
  'reload fails': [
    'write candidate',
    'end of check',
    'link file',
    'rename candidate',
    'send reload',
    'rename good file',
    'send reload (2)',
  ],
  'check refuses': ['write candidate', 'start check', 'end of check', 'remove candidate'],
};

for (const [scenario, wanted] of Object.entries(steps) as readonly [Scenario, readonly string[]][]) {
  needs('haproxy').serial(
    `podfront killed at any step leaves a file that HAProxy takes, and the next one goes on from there, where the ${scenario}`,
    async (t) => {
      t.timeout(300_000);
      const folder = await tempFolder(t);
      const rows = await crashEverywhere({ folder, podfront: [process.execPath, main], rounds: 0.5, scenarios: [scenario] });
      t.deepEqual(
        rows.flatMap(({ point, bad }) => bad.map((what) => `${point}, ${what}`)),
        [],
      );
      for (const step of wanted)
        t.true(
          rows.some(({ point, kills }) => point === step && kills > 0),
          step,
        );
    },
  );
}
