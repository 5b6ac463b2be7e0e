// What reading HAProxy's health costs: CPU of `podfront watch` and of HAProxy at 1,000 idle listens of 20 pods, with HAProxy's master socket
// and with none, where health is not known. The two runs follow each other. Goal: at most one percent of a core each. npm run bench:health [SECONDS]
import { join } from 'node:path';
import { usage } from './process.ts';
import { thousandListens } from './thousand-listens.ts';

const seconds = Number(process.argv[2] ?? 60);
const without = await measure('no socket', () => 'none');
const read = await measure('master socket', (folder) => ({ master: join(folder, 'master.sock') }));
const [ours = 0, theirs = 0] = read.map((cpu, i) => cpu - (without[i] ?? 0));
console.log(`${'difference'.padEnd(16)} podfront ${ours.toFixed(2)} % CPU   HAProxy worker ${theirs.toFixed(2)} % CPU`);

async function measure(what: string, reload: (folder: string) => unknown): Promise<readonly number[]> {
  const { pids, close } = await thousandListens(reload);
  try {
    const used = await usage(pids, seconds);
    console.log(
      `${what.padEnd(16)} ${['podfront', 'HAProxy worker'].map((name, i) => `${name} ${used[i]?.cpu.toFixed(2)} % CPU`).join('   ')}`,
    );
    return used.map(({ cpu }) => cpu);
  } finally {
    await close();
  }
}
