import { writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Nameserver } from '../../../src/config/config.ts';
import type { Question } from '../../../src/dns/message/question.ts';
import { openResolver, type Resolver } from '../../../src/dns/resolver.ts';
import { classifierFor } from '../../../src/source/classify-address.ts';
import { listDns } from '../../../src/source/dns/list.ts';
import type { Observation } from '../../../src/source/observation.ts';
import { dnsLookups } from '../../../src/source/observation.ts';
import { needs } from '../needs.ts';
import { type ApiDouble, startApi } from './api-double.ts';
import type { Version } from './build.ts';
import { type Case, cases, cluster, configOf, pods, seen } from './cases.ts';
import { type CoreDns, startCoreDns } from './coredns.ts';
import { exchange, type Packet } from './exchange.ts';

const never = () => new AbortController().signal;
const setups = {
  plain: { plugins: [] },
  cached: { plugins: ['cache 30', 'loadbalance'] },
  bufsize: { plugins: ['bufsize 1232', 'loadbalance'] },
};

async function observed(it: Case, nameserver: Nameserver): Promise<{ readonly observation: Observation; readonly resolver: Resolver }> {
  const { config, listens } = configOf(it);
  const resolver = openResolver({ nameservers: [nameserver], domain: 'cluster.local' });
  const [observation] = await listDns(config, listens, resolver, classifierFor(config, []), never());
  resolver.close();
  if (observation === undefined) throw new Error('nothing was observed');
  return { observation, resolver };
}

/** Declares what holds against the real CoreDNS of one version. */
export function coreDnsSuite(version: Version, hasWildcards: boolean): void {
  const test = needs('coredns').serial;
  let api: ApiDouble;
  let coreDns: CoreDns;
  const packets: Packet[] = [];
  /** Negative answers of the `cache` plugin. */
  const cachedNegatives: Packet[] = [];
  const server = (which: keyof typeof setups): Nameserver => {
    const nameserver = coreDns.nameservers[Object.keys(setups).indexOf(which)];
    if (nameserver === undefined) throw new Error('it is not running');
    return nameserver;
  };

  test(`CoreDNS ${version} starts against the API double`, async (t) => {
    api = await startApi(cluster);
    coreDns = await startCoreDns(version, api.url, Object.values(setups));
    t.is(coreDns.nameservers.length, 3);
  });

  for (const which of Object.keys(setups) as (keyof typeof setups)[]) {
    for (const it of cases) {
      test(`CoreDNS ${version}, ${which}: ${it.title}`, async (t) => {
        const expected = (!hasWildcards && it.without) || it.expected;
        const { observation } = await observed(it, server(which));
        t.deepEqual(seen(observation, expected), expected);
        if (which === 'bufsize') await record(dnsLookups(observation));
      });
    }
  }

  /** Keeps what CoreDNS answers to these questions; over TCP too where UDP truncates. */
  async function record(asked: readonly Question[]): Promise<void> {
    for (const { name, type } of asked) {
      if (packets.some((packet) => packet.name === name && packet.type === type)) continue;
      const udp = await exchange(server('bufsize'), { name, type }, 'udp');
      packets.push(udp);
      const response = Buffer.from(udp.response, 'base64');
      // The first answer fills the cache, which the cases have done already.
      if (response.readUInt16BE(6) === 0) cachedNegatives.push(await exchange(server('cached'), { name, type }, 'udp'));
      if ((response.readUInt8(2) & 2) !== 0) packets.push(await exchange(server('bufsize'), { name, type }, 'tcp'));
    }
  }

  if (hasWildcards) {
    test(`CoreDNS ${version}: the word any is a wildcard as * is`, async (t) => {
      const resolver = openResolver({ nameservers: [server('plain')], domain: 'cluster.local' });
      for (const label of ['*', 'any']) {
        const { outcome } = await resolver.ask({ name: `${label}.clusterip.default.svc.cluster.local`, type: 'A' }, never());
        t.is(outcome.kind === 'found' ? outcome.addresses.length : 0, 3);
      }
      resolver.close();
    });
  }

  test(`CoreDNS ${version}: an unnamed port stands under the bare service name only`, async (t) => {
    const resolver = openResolver({ nameservers: [server('plain')], domain: 'cluster.local' });
    const { outcome } = await resolver.ask({ name: 'unnamed.default.svc.cluster.local', type: 'SRV' }, never());
    t.deepEqual(outcome.kind === 'found' ? outcome.services.map(({ port }) => port) : [], [8080, 8080]);
    resolver.close();
  });

  for (const listen of ['serviceName: thousand, podPort: http, binds: ["127.0.0.1:80"]', 'serviceName: enormous, podPort: 8080']) {
    test(`CoreDNS ${version}: an answer of more than 65,535 bytes is reported as such, never used in part (${listen})`, async (t) => {
      const { observation } = await observed({ title: '', listen, expected: { records: 'srv', state: 'failed' } }, server('plain'));
      t.is(observation.problem?.code, 'dns.too-large');
    });
  }

  test(`CoreDNS ${version}: letters are mixed without a cache, and stay plain behind one`, async (t) => {
    const question = { name: 'one.default.svc.cluster.local', type: 'A' } as const;
    // A probe goes along with each question; how many of them have been answered by then is up to the machine.
    let asked = 0;
    for (const [which, mixed] of [
      ['plain', true],
      ['cached', false],
    ] as const) {
      const resolver = openResolver({ nameservers: [server(which)], domain: 'cluster.local' });
      const ask = async () => t.is((await resolver.ask(question, never())).outcome.kind, 'found');
      if (mixed) for (; !resolver.randomisesCase() && asked < 5_000; asked++) await ask();
      else for (let i = 0; i < Math.max(40, 2 * asked); i++) await ask();
      t.is(resolver.randomisesCase(), mixed);
      // Who asks next in lower case, as HAProxy does, is answered in lower case.
      const { response } = await exchange(server(which), question, 'udp');
      const letters = Buffer.from(response, 'base64').toString('latin1').slice(12);
      t.false(/[A-Z]/.test(letters.replace(/[^a-zA-Z.]/g, '')));
      resolver.close();
    }
  });

  test(`CoreDNS ${version}: pods that come and go are seen`, async (t) => {
    const it = { title: '', listen: 'serviceName: one, podPort: 8080', expected: { records: 'headless', state: 'found' } } as const;
    for (const count of [30, 2]) {
      api.set({ ...cluster, services: cluster.services.map((each) => (each.name === 'one' ? { ...each, pods: pods(count, 20) } : each)) });
      t.is(await until(count, async () => (await observed(it, server('plain'))).observation.endpoints.length), count);
    }
  });

  test(`CoreDNS ${version}: without permission to see pods no listen is taken for empty`, async (t) => {
    const other = await startApi(cluster);
    other.forbid('Endpoints');
    other.forbid('EndpointSlice');
    const blind = await startCoreDns(version, other.url, [setups.plain], 'up');
    t.teardown(blind.close);
    t.teardown(other.close);
    const [nameserver] = blind.nameservers;
    if (nameserver === undefined) throw new Error('it is not running');
    const codes = await Promise.all(
      ['one', 'clusterip'].map(async (service) => {
        const listen = `serviceName: ${service}, podPort: 8080`;
        const { observation } = await observed({ title: '', listen, expected: { records: 'headless', state: 'failed' } }, nameserver);
        return observation.problem?.code;
      }),
    );
    t.deepEqual(codes, ['dns.servfail', 'dns.pods-unreadable']);
  });

  test(`CoreDNS ${version} ends`, async (t) => {
    await coreDns.close();
    await api.close();
    t.true(packets.length > 30);
    if (env.PODFRONT_RECORD === undefined) return;
    const file = fileURLToPath(new URL(`../../../fixtures/wire/dns/coredns-${version}.json`, import.meta.url));
    const command = 'PODFRONT_RECORD=1 npx ava test/source/dns/coredns-*';
    writeFileSync(
      file,
      `${JSON.stringify({ from: `CoreDNS ${version}, plugins kubernetes, bufsize 1232, loadbalance`, command, packets, cachedNegatives }, null, 1)}\n`,
    );
  });
}

async function until(wanted: number, get: () => Promise<number>): Promise<number> {
  let got = await get();
  for (let tries = 0; tries < 100 && got !== wanted; tries++) {
    await sleep(50);
    got = await get();
  }
  return got;
}
