import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from './service.ts';

/** What happens to a service. */
export interface Scene {
  /** Number of pods at the start. */
  readonly pods: number;
  /** The most pods that there are: what a hand-written file is made for. */
  readonly most: number;
  readonly happens: (service: Service) => Promise<void>;
}

export const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Scales up, and down again; a pod ends half a second after it was taken from the service. */
const scaled = (from: number, up: number, down: number): Scene => ({
  pods: from,
  most: up,
  async happens({ pods, announce }) {
    await pods('start', range(from, up));
    await announce(range(0, up));
    await sleep(12_000);
    await announce(range(0, down), range(down, up));
    await sleep(500);
    await pods('stop', range(down, up));
    await announce(range(0, down));
  },
});

/** Pods that are lost without a word, and back some seconds later. The cluster notices after a second. */
const lost = (
  lose: (service: Service, numbers: readonly number[]) => unknown,
  back: (service: Service, numbers: readonly number[]) => unknown,
): Scene => ({
  pods: 20,
  most: 20,
  async happens(service) {
    await lose(service, range(2, 20));
    await sleep(1_000);
    await service.announce(range(0, 2));
    await sleep(7_000);
    await back(service, range(2, 20));
    await service.announce(range(0, 20));
  },
});

/** A fault of the network that the cluster does not notice: no pod answers. */
const faulty = (milliseconds: number): Scene => ({
  pods: 20,
  most: 20,
  async happens({ silence }) {
    silence(range(0, 20), true);
    await sleep(milliseconds);
    silence(range(0, 20), false);
  },
});

export const scenes: Readonly<Record<string, Scene>> = {
  'rolled out, 2 pods at a time': {
    pods: 20,
    most: 40,
    async happens({ pods, announce }) {
      for (let n = 0; n < 20; n += 2) {
        await pods('start', [20 + n, 21 + n]);
        await announce(range(n + 2, n + 22), [n, n + 1]);
        await sleep(500);
        await pods('stop', [n, n + 1]);
        await announce(range(n + 2, n + 22));
        await sleep(500);
      }
    },
  },
  'scaled from 20 to 60, and to 5': scaled(20, 60, 5),
  'scaled from 300 to 1,000, and to 5': scaled(300, 1000, 5),
  '18 of 20 killed, and back after 8 s': lost(
    ({ pods }, numbers) => pods('kill', numbers),
    ({ pods }, numbers) => pods('start', numbers),
  ),
  '18 of 20 silent, and back after 8 s': lost(
    ({ silence }, numbers) => silence(numbers, true),
    ({ silence }, numbers) => silence(numbers, false),
  ),
  'all silent for 0.5 s': faulty(500),
  'all silent for 3 s': faulty(3_000),
  'all refuse for 1 s': {
    pods: 20,
    most: 20,
    async happens({ pods }) {
      await pods('kill', range(0, 20));
      await sleep(1_000);
      await pods('start', range(0, 20));
    },
  },
};
