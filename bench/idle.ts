// CPU and memory of `podfront watch` at 1,000 listens of 20 pods, idle and with 10 changes a second, beside HAProxy's own in the same run.
// Goal: at most as much CPU as HAProxy, at most 120 MB. npm run bench:idle [SECONDS]
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usage } from './process.ts';
import { listens, thousandListens } from './thousand-listens.ts';

const seconds = Number(process.argv[2] ?? 30);
const { folder, cluster, haproxy, pids, close } = await thousandListens((one) => ({ master: join(one, 'master.sock') }));
try {
  report('idle', await usage(pids, seconds));
  console.log(await heap());
  let n = 0;
  const churn = setInterval(() => {
    n++;
    cluster.scale('default', `s${(n * 37) % listens}`, 15 + (n % 6));
  }, 100);
  // What runs with each change has to become warm, too.
  await sleep(30_000);
  report('10 changes a second', await usage(pids, seconds));
  clearInterval(churn);
  console.log(await heap());
  console.log(`reloads of HAProxy: ${(await haproxy.processes()).reloads}`);
} finally {
  await close();
}

/** Where the memory is, from the daemon's own metrics. */
async function heap(): Promise<string> {
  const text = await new Promise<string>((resolve) => {
    get({ socketPath: join(folder, 'status.sock'), path: '/metrics' }, (response) => {
      let all = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
      response.once('end', () => resolve(all));
    });
  });
  const mb = (name: string) => (Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]) / 1e6).toFixed(0);
  return `heap ${mb('nodejs_heap_size_used_bytes')} of ${mb('nodejs_heap_size_total_bytes')} MB, external ${mb('nodejs_external_memory_bytes')} MB`;
}

function report(what: string, [ours, theirs]: Awaited<ReturnType<typeof usage>>): void {
  const show = (one: { cpu: number; mb: number } | undefined) =>
    `${one?.cpu.toFixed(1).padStart(5)} % CPU ${one?.mb.toFixed(0).padStart(4)} MB`;
  console.log(`${what.padEnd(22)} podfront ${show(ours)}   HAProxy worker ${show(theirs)}`);
}
