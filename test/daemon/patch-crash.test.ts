import { fileURLToPath } from 'node:url';
import { crashPatches } from '../../bench/patch-crashing.ts';
import { tempFolder } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

// bench/crash.ts in short: every step of a change of pods at run time once.
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What a change is made of: were a step taken in another way, podfront would not be killed there. */
const steps = ['send changes', 'end of changes', 'send changes (2)', 'read servers back', 'write candidate', 'rename candidate'];

needs('haproxy').serial(
  'podfront killed at any step of a change of pods loses no pod and no request, and the next one goes on from there',
  async (t) => {
    t.timeout(300_000);
    const folder = await tempFolder(t);
    const rows = await crashPatches({ folder, podfront: [process.execPath, main], rounds: 0.5 });
    t.deepEqual(
      rows.flatMap(({ point, bad }) => bad.map((what) => `${point}, ${what}`)),
      [],
    );
    for (const step of steps)
      t.true(
        rows.some(({ point, kills }) => point === step && kills > 0),
        step,
      );
  },
);
