import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Haproxy, startHaproxy } from './haproxy.ts';
import { answeringPods } from './requests.ts';
import { secondAct } from './second-act.ts';
import { type Closers, type DemoListen, type DemoWorld, type Setup, setUp } from './setup.ts';
import { thirdAct } from './third-act.ts';

/** The examples that are shown. The service of the first is scaled. */
const shown = ['headless-service', 'named-port'];
const service = { namespace: 'production', name: 'shop' };

/**
 * Shows podfront at work on this machine: a cluster, `podfront render haproxy.cfg`, HAProxy serving the pods, and a service that outgrows
 * its slots. Everything it started is stopped when it returns or throws.
 * @returns what was seen, a sentence each. Throws an Error when something did not work.
 */
export async function demo(world: DemoWorld): Promise<readonly string[]> {
  const closers: Closers = [];
  try {
    const setup = await setUp(world, closers, shown);
    const seen = await run(world, setup, closers);
    if (!world.haproxy || setup.pods === null) return seen;
    return [...seen, ...(await secondAct(world, closers)), ...(await thirdAct(world, closers))];
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function run(world: DemoWorld, setup: Setup, closers: Closers): Promise<readonly string[]> {
  const say = (text: string) => world.write(`${text}\n`);
  const seen: string[] = [];
  const file = join(setup.folder, 'haproxy.cfg');

  say(`\n== A cluster on this machine: examples ${shown.join(', ')}, on loopback addresses and free ports`);
  await scale(setup, 3);
  say(
    `cluster DNS on ${setup.cluster.nameserver}, UDP and TCP; like CoreDNS since 1.9 it shows the pods of headless services, and answers no wildcards`,
  );
  say(
    setup.pods === null
      ? 'no pods: this system has no loopback address but 127.0.0.1'
      : `pods on port ${setup.pods.port}: ${setup.pods.addresses().join(' ')}`,
  );
  say(`\n-- podfront.yaml\n${await readFile(join(setup.folder, 'podfront.yaml'), 'utf8')}`);

  say('== podfront render haproxy.cfg');
  say((await setup.podfront('render', 'haproxy.cfg')).stderr);
  say(`-- haproxy.cfg\n${await readFile(file, 'utf8')}`);
  const before = await slots(file);
  seen.push(`3 pods: haproxy.cfg was rendered with ${before} slots for ${service.name}`);

  const haproxy = world.haproxy && setup.pods !== null ? await startHaproxy({ folder: setup.folder, files: [file], env: world.env }) : null;
  if (haproxy === null) {
    say(`== HAProxy is not run: ${world.haproxy ? 'there are no pods' : 'it is not on PATH'}\n`);
  } else {
    closers.push(haproxy.stop);
    say('== HAProxy runs; requests go through it');
    for (const listen of setup.listens) {
      const { count, report } = await requests(world, setup, listen);
      say(report);
      seen.push(`HAProxy served all ${count} pods of ${listen.name}`);
    }
    say('');
  }

  say(`== ${service.name} is scaled from 3 to 30 pods`);
  await scale(setup, 30);
  if (haproxy !== null) {
    await servers(haproxy, before, world.signal);
    say(`HAProxy's own resolver has filled its ${before} slots; the other ${30 - before} pods have none`);
  }
  say((await setup.podfront('render', 'haproxy.cfg')).stderr);
  const after = await slots(file);
  if (after < 30) throw new Error(`30 pods, and only ${after} slots were rendered`);
  say(`-- haproxy.cfg\n${(await listenOf(file)).join('\n')}\n`);
  seen.push(`30 pods: haproxy.cfg was rendered again with ${after} slots`);

  const [first] = setup.listens;
  if (haproxy !== null && first !== undefined) {
    if (!(await haproxy.reload())) throw new Error(`HAProxy did not reload:\n${haproxy.said()}`);
    say('== HAProxy reloaded; requests go through it');
    const { count, report } = await requests(world, setup, first);
    say(report);
    seen.push(`HAProxy was reloaded and served all ${count} pods of ${first.name}`);
  } else seen.push('HAProxy was not run');
  return seen;
}

async function scale({ cluster, pods }: Setup, count: number): Promise<void> {
  await pods?.start(...cluster.scale(service.namespace, service.name, count));
}

/** The lines of the scaled listen. */
async function listenOf(file: string): Promise<readonly string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const start = lines.indexOf(`listen ${service.name}`);
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith(' '));
  return lines.slice(start, start + 1 + length);
}

/** The slots of the scaled listen: the last number of its template's range, or else its seeded lines. */
async function slots(file: string): Promise<number> {
  const lines = await listenOf(file);
  const free = lines.map((line) => /^ +server-template pod (?:\d+-)?(\d+) /.exec(line)?.[1]).find((number) => number !== undefined);
  return free === undefined ? lines.filter((line) => /^ +server pod/.test(line)).length : Number(free);
}

/** Waits until so many servers of the scaled listen take traffic. */
async function servers(haproxy: Haproxy, count: number, signal: AbortSignal): Promise<void> {
  for (let tries = 300; tries > 0; tries--) {
    const up = (await haproxy.servers()).filter((server) => server.backend === service.name && server.up);
    if (up.length === count) return;
    await sleep(100, undefined, { signal });
  }
  throw new Error(`HAProxy's own resolver did not fill ${count} slots in 30 s`);
}

/** Sends requests to a listen until each of its pods has answered. */
async function requests({ signal }: DemoWorld, { cluster }: Setup, { name, port }: DemoListen) {
  const pods =
    cluster
      .scene()
      .services.find((one) => one.name === name)
      ?.endpoints.map((endpoint) => endpoint.address.text) ?? [];
  const { answers, sent, failed } = await answeringPods('127.0.0.1', port, pods, signal);
  const missing = pods.filter((pod) => !answers.has(pod));
  if (missing.length > 0 || failed > 0)
    throw new Error(`${name}: ${failed} of ${sent} requests failed, no answer from ${missing.join(' ') || 'none'}`);
  const counts = [...answers].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([pod, count]) => `${pod} ${count}`);
  return { count: pods.length, report: `${name}: ${sent} requests, all ${pods.length} pods answered: ${counts.join(', ')}` };
}
