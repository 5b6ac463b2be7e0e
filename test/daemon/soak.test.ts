import { fileURLToPath } from 'node:url';
import { soak } from '../../bench/soaking.ts';
import { tempFolder } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

needs('haproxy')(
  'No request fails while pods churn, cluster DNS fails a third of the time and HAProxy reloads (bench/soak.ts in short)',
  async (t) => {
    const folder = await tempFolder(t);
    const { requests, failures, reloads, failedReloads, said } = await soak({
      folder,
      reloads: 8,
      clients: 4,
      podfront: [process.execPath, '--import=tsx', main],
    });
    t.deepEqual(failures, [], said);
    t.true(reloads >= 8);
    t.is(failedReloads, 0);
    t.true(requests > 100);
  },
);
