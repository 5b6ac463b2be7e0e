import { get } from 'node:http';
import type { ExecutionContext } from 'ava';
import { parseAddress } from '../../src/ip/address.ts';
import { atWork, eventually, type Frontend } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

const haproxyTest = needs('haproxy');

/** Clients that ask one after the other on new connections until they are stopped, and what failed. */
function load(t: ExecutionContext, port: number, clients: number) {
  const failures: string[] = [];
  const answered = Array.from({ length: clients }, () => 0);
  let stopped = false;
  const once = (client: number) =>
    new Promise<void>((resolve) => {
      const fail = (why: string) => {
        failures.push(why);
        resolve();
      };
      get({ host: '127.0.0.1', port, agent: false, timeout: 20_000 }, (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) answered[client] = (answered[client] ?? 0) + 1;
          else failures.push(String(response.statusCode));
          resolve();
        });
      })
        .once('timeout', () => fail('no answer in 20 s'))
        .once('error', (error) => fail(error.message));
    });
  const running = answered.map(async (_, client) => {
    while (!stopped) await once(client);
  });
  const stop = async () => {
    stopped = true;
    await Promise.all(running);
    return { answered: answered.reduce((sum, one) => sum + one), failures };
  };
  t.teardown(stop);
  return { answered: () => [...answered], stop };
}

/** Puts these addresses into the service, in the place of what was there. */
function serve({ cluster }: Frontend, addresses: readonly string[]): void {
  const scene = cluster.scene();
  const endpoints = addresses.flatMap((text) => {
    const address = parseAddress(text);
    return address === null ? [] : [{ address, hostname: null, ready: true }];
  });
  cluster.set({ ...scene, services: scene.services.map((service) => ({ ...service, endpoints })) });
}

haproxyTest(
  'Every pod is replaced by one on another address, one after the other, and no request fails and nothing is reloaded',
  async (t) => {
    const { front, watching, haproxy } = await atWork(t);
    let serving = await front.scale(4);
    const up = async () => (await haproxy.servers()).flatMap(({ up, address }) => (up && address !== null ? [address] : [])).sort();
    await eventually('all pods are up', async () => (await up()).length === 4);
    const clients = load(t, front.port, 3);

    for (const [i, old] of serving.entries()) {
      // As a Deployment does it: the new pod is ready, the old one leaves DNS, and ends when nobody sends it anything any more.
      const fresh = old.replace(/\d+$/, String(101 + i));
      await front.pods.start(fresh);
      serving = [...serving.filter((address) => address !== old), fresh];
      serve(front, serving);
      await eventually('HAProxy has the new pod and not the old one', async () => (await up()).join() === [...serving].sort().join());
      const before = clients.answered();
      await eventually('what was under way is over, and more was asked', () =>
        clients.answered().every((now, i) => now > (before[i] ?? 0) + 3),
      );
      await front.pods.stop(old);
    }

    await eventually('the file has the new pods', async () => {
      const seeds = [...(await front.text()).matchAll(/init-addr (127\S+)/g)].map(([, address]) => address);
      return seeds.sort().join() === [...serving].sort().join();
    });
    const { answered, failures } = await clients.stop();
    t.deepEqual(failures, []);
    t.true(answered > 40);
    t.true(serving.every((address) => (front.pods.requests().get(address) ?? 0) > 0));
    t.is((await watching.status()).reloads, 0);
    t.is((await haproxy.processes()).reloads, 0);
  },
);
