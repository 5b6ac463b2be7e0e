import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../../demo/ports.ts';
import { hostPort } from '../../src/ip/address.ts';
import { startCoreDns } from '../../test/support/coredns/coredns.ts';
import { startControlPlane } from '../../test/support/kubernetes/control-plane.ts';
import { ask } from '../kubernetes/scene.ts';
import { steadyLoad } from '../kubernetes/steady-load.ts';
import { contenders, startContender } from './contenders.ts';
import { range, type Scene, scenes } from './scenes.ts';
import { makeService } from './service.ts';

/** Requests a second, for each contender. */
const perSecond = 200;

/** The requests of one contender in one scene. */
interface Result {
  readonly failures: number;
  readonly requests: number;
}

async function measure({ pods: count, most, happens }: Scene, mode: 'http' | 'tcp', cached: boolean): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  const plane = await startControlPlane({ controllers: false });
  const service = await makeService(plane);
  await service.pods('start', range(0, count));
  await service.announce(range(0, count));
  const dns = await startCoreDns('1.15.0', { kubeconfig: plane.adminKubeconfig }, [{ plugins: cached ? ['cache 30'] : [] }]);
  const nameserver = dns.nameservers.map(({ address, port }) => hostPort(address.text, port)).join();
  const names = Object.keys(contenders);
  const ports = await reservePorts(names.length);
  const running = await Promise.all(
    names.map((name, i) => startContender(name, { folder: join(folder, String(i)), plane, nameserver, mode, port: ports[i] ?? 0, most })),
  );
  for (const [i, port] of ports.entries())
    for (const end = Date.now() + 60_000; (await ask(port)) === null; await sleep(100))
      if (Date.now() > end) throw new Error(`${names[i]} does not serve; its folder is ${folder}/${i}`);
  await sleep(8_000);
  const loads = ports.map((port) => steadyLoad(port, perSecond));
  await sleep(2_000);
  await happens(service);
  await sleep(12_000);
  const results = await Promise.all(loads.map((load) => load.stop()));
  for (const one of running) await one.stop();
  service.close();
  await dns.close();
  await plane.close();
  rmSync(folder, { recursive: true, force: true });
  return results;
}

const words = process.argv.slice(2);
const isChosen = (word: string, others: readonly string[]) => words.includes(word) || !others.some((other) => words.includes(other));
const repetitions = Number(words.find((word) => /^\d+$/.test(word)) ?? 1);
const named = words.filter((word) => !/^(?:http|tcp|cached|uncached|\d+)$/.test(word));
console.log(`failed requests: ${Object.keys(contenders).join(' | ')}`);
if (!('kubernetes-ingress' in contenders))
  console.log('kubernetes-ingress is left out: PODFRONT_BENCH_INGRESS does not name its controller');
for (const mode of ['http', 'tcp'] as const)
  for (const cached of [true, false])
    for (const [name, scene] of Object.entries(scenes)) {
      const isWanted = isChosen(mode, ['http', 'tcp']) && isChosen(cached ? 'cached' : 'uncached', ['cached', 'uncached']);
      if (!isWanted || (named.length > 0 && !named.some((part) => name.includes(part)))) continue;
      const runs: (readonly Result[])[] = [];
      for (let i = 0; i < repetitions; i++) runs.push(await measure(scene, mode, cached));
      const columns = Object.keys(contenders).map((_, i) => runs.map((run) => run[i]?.failures ?? Number.NaN));
      const requests = Math.round((runs[0] ?? []).reduce((sum, run) => sum + run.requests, 0) / columns.length);
      console.log(
        `${mode.padEnd(4)} ${cached ? 'cached  ' : 'uncached'} ${name.padEnd(36)} ${columns.map((all) => all.join(',').padStart(14)).join(' |')}   of some ${requests}`,
      );
      const sum = (column: readonly number[]) => column.reduce((all, one) => all + one, 0);
      const theirs = Math.min(...columns.slice(0, -2).map(sum));
      if (columns.slice(-2).some((ours) => sum(ours) > theirs)) process.exitCode = 1;
    }
process.exit();
