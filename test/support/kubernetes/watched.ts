import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parseConfig } from '../../../src/config/parse.ts';
import { kubernetesSource } from '../../../src/source/kubernetes/kubernetes-source.ts';
import { type LastKnownByListen, learn } from '../../../src/source/last-known.ts';
import type { Observation } from '../../../src/source/observation.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { folderOf } from '../folder.ts';
import { until } from './objects.ts';

/** A watch of the Kubernetes API, and what was learned from it. */
export interface Watched {
  /** What the daemon would know now, by listen. */
  readonly known: () => LastKnownByListen;
  /** The addresses of the servers that the daemon would have now. */
  readonly addresses: (listen: string) => readonly string[];
  /** Waits until the daemon would have exactly these. */
  readonly has: (listen: string, addresses: readonly string[]) => Promise<void>;
  /** Waits until the last answer has failed with one of these codes. */
  readonly fails: (listen: string, ...codes: readonly string[]) => Promise<void>;
  /** Waits until the last answer was good. */
  readonly recovers: (listen: string) => Promise<void>;
  readonly counts: Readonly<Record<'event' | 'restart', number>>;
  readonly reports: readonly Observation[];
}

/** Watches these listens with a kubeconfig, until the test is over. */
export function watched(t: ExecutionContext, kubeconfig: string, listens: string): Watched {
  const it = watchedFrom(folderOf(t), kubeconfig, listens);
  t.teardown(it.close);
  return it;
}

/** The same until it is closed, with the kubeconfig in a folder. */
export function watchedFrom(folder: string, kubeconfig: string, listens: string): Watched & { readonly close: () => Promise<void> } {
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig);
  const config = parseConfig(
    `cluster: {api: {kubeconfig: ${file}}, nameservers: ["10.0.0.254"], podNetworks: [10.1.0.0/16]}\nlisten: ${listens}`,
    'podfront.yaml',
  );
  const stop = new AbortController();
  let known: LastKnownByListen = new Map();
  const reports: Observation[] = [];
  const counts = { event: 0, restart: 0 };
  const source = kubernetesSource(systemClock, {
    env: {},
    count: (what) => {
      counts[what]++;
    },
  });
  const done = source.watch(
    config,
    (observations) => {
      reports.push(...observations);
      known = learn(known, observations, systemClock.now()).lastKnown;
    },
    stop.signal,
  );
  const over = done.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const addresses = (listen: string) => known.get(listen)?.observation?.endpoints.map(({ address }) => address.text) ?? [];
  return {
    known: () => known,
    addresses,
    has: (listen, wanted) => until(`${listen} has ${wanted.join(', ')}`, () => addresses(listen).join() === wanted.join()),
    fails: (listen, ...codes) =>
      until(`${listen} fails with ${codes.join(' or ')}`, () => codes.includes(known.get(listen)?.failing?.problem.code ?? '')),
    recovers: (listen) =>
      until(`${listen} recovers`, () => known.get(listen)?.failing === null && (known.get(listen)?.observation ?? null) !== null),
    counts,
    reports,
    async close() {
      stop.abort();
      await over;
    },
  };
}
