import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../../demo/ports.ts';
import { podAddress, podPort, type Scene, startFrontend, withApi } from './scene.ts';
import { steadyLoad } from './steady-load.ts';

const services = 6;
const podsEach = 3;

/**
 * All pods become NotReady within some 15 s, as when no kubelet reaches the API, and are Ready again after a minute; they answer all the
 * time. Goal: no failed request.
 */
export async function notReady(scene: Scene): Promise<void> {
  const names = Array.from({ length: services }, (_, i) => `web${i}`);
  const podsOf = (service: number, unready: number) =>
    Array.from({ length: podsEach }, (_, i) => ({ address: podAddress(service * podsEach + i), ready: i >= unready }));
  for (const [i, name] of names.entries()) {
    await scene.makeService(name, { clusterIP: 'None' });
    await scene.setPods(name, podsOf(i, 0));
  }
  const ports = await reservePorts(services);
  const listen = Object.fromEntries(names.map((name, i) => [name, { podPort, mode: 'http', binds: [`127.0.0.1:${ports[i]}`] }]));
  const frontend = await startFrontend(scene, 'api', listen, withApi(scene));
  await sleep(3000);
  const loads = ports.map((port) => steadyLoad(port, 50));
  for (let step = 0; step < services * podsEach; step++) {
    const [unready, service] = [1 + Math.floor(step / services), step % services];
    await scene.setPods(names[service] ?? '', podsOf(service, unready));
    await sleep(800);
  }
  await sleep(45_000);
  const kept = (await frontend.haproxy.servers()).filter(({ up }) => up).length;
  for (const [i, name] of names.entries()) await scene.setPods(name, podsOf(i, 0));
  await sleep(5000);
  const results = await Promise.all(loads.map((load) => load.stop()));
  const sum = (of: 'requests' | 'failures') => results.reduce((all, one) => all + one[of], 0);
  console.log(
    `all pods of ${services} Services NotReady for a minute: ${sum('failures')} of ${sum('requests')} requests failed, ${kept} of ${services * podsEach} servers kept, ${(await frontend.haproxy.processes()).reloads} reloads`,
  );
  await frontend.stop();
}
