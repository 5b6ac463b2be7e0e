import { setTimeout as sleep } from 'node:timers/promises';
import { reservePort } from '../../demo/ports.ts';
import { ask, type Pod, podAddress, podPort, type Scene, startFrontend, withApi } from './scene.ts';
import { steadyLoad } from './steady-load.ts';

const size = 100;

/**
 * A rolling update of 100 pods under 200 requests a second: five new ones come, five old ones terminate, and are gone a second later.
 * A pod that is gone resets connections.
 */
export async function rolling(scene: Scene): Promise<void> {
  await scene.makeService('web');
  const old = Array.from({ length: size }, (_, i) => podAddress(i));
  await scene.setPods(
    'web',
    old.map((address) => ({ address })),
  );
  const port = await reservePort();
  const frontend = await startFrontend(scene, 'api', { web: { podPort, mode: 'http', binds: [`127.0.0.1:${port}`] } }, withApi(scene));
  while ((await ask(port)) === null) await sleep(50);
  await sleep(3000);
  const before = (await frontend.haproxy.processes()).reloads;
  const load = steadyLoad(port, 200);
  for (let step = 0; step < size; step += 5) {
    const fresh = Array.from({ length: step + 5 }, (_, i): Pod => ({ address: podAddress(size + i) }));
    const leaving = old.slice(step, step + 5).map((address): Pod => ({ address, terminating: true }));
    const staying = old.slice(step + 5).map((address): Pod => ({ address }));
    await scene.setPods('web', [...fresh, ...leaving, ...staying]);
    await sleep(700);
    for (const { address } of leaving) scene.dead.add(address);
    await scene.setPods('web', [...fresh, ...staying]);
    await sleep(300);
  }
  const { requests, failures } = await load.stop();
  console.log(
    `rolling update of ${size} pods: ${failures} of ${requests} requests failed, ${(await frontend.haproxy.processes()).reloads - before} reloads`,
  );
  await frontend.stop();
}
