import { setTimeout as sleep } from 'node:timers/promises';
import { reservePort } from '../../demo/ports.ts';
import { ask, podAddress, podPort, type Scene, startFrontend, withApi } from './scene.ts';
import { steadyLoad } from './steady-load.ts';

/** One listen from 1 to 1,000 pods and back, under 200 requests a second: reloads and failed requests. */
export async function growth(scene: Scene): Promise<void> {
  const pods = (count: number) => Array.from({ length: count }, (_, i) => ({ address: podAddress(i) }));
  await scene.makeService('web');
  await scene.setPods('web', pods(1));
  const port = await reservePort();
  const frontend = await startFrontend(scene, 'api', { web: { podPort, mode: 'http', binds: [`127.0.0.1:${port}`] } }, withApi(scene));
  while ((await ask(port)) === null) await sleep(50);
  const before = (await frontend.haproxy.processes()).reloads;
  const load = steadyLoad(port, 200);
  for (const count of [2, 5, 20, 50, 100, 200, 400, 700, 1000, 700, 400, 200, 100, 50, 20, 5, 2, 1]) {
    await scene.setPods('web', pods(count));
    await sleep(1500);
    if (count === 1000) console.log(`servers in HAProxy at 1,000 pods: ${(await frontend.haproxy.servers()).length}`);
  }
  const { requests, failures } = await load.stop();
  console.log(
    `1 to 1,000 to 1 pods: ${(await frontend.haproxy.processes()).reloads - before} reloads, ${failures} of ${requests} requests failed`,
  );
  await frontend.stop();
}
