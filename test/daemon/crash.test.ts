import { fileURLToPath } from 'node:url';
import { crashEverywhere } from '../../bench/crashing.ts';
import { tempFolder } from '../haproxy.ts';
import { needs } from '../needs.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

needs('haproxy')(
  'podfront killed at any step of an apply leaves a file that HAProxy takes, and the next one goes on from there (bench/crash.ts in short)',
  async (t) => {
    t.timeout(300_000);
    const rows = await crashEverywhere({ folder: await tempFolder(t), podfront: [process.execPath, main], rounds: 0.5 });
    t.deepEqual(
      rows.flatMap(({ scenario, point, bad }) => bad.map((what) => `${scenario}, ${point}, ${what}`)),
      [],
    );
    // What the transaction is made of: were a step taken in another way, it would not be killed there.
    for (const step of [
      'write candidate',
      'start check',
      'end of check',
      'link file',
      'rename candidate',
      'send reload',
      'rename good file',
    ])
      t.true(
        rows.some(({ point, kills }) => point === step && kills > 0),
        step,
      );
    t.true(rows.length > 50);
  },
);
