import type { Config } from '../config/config.ts';
import type { Clock } from '../system/clock.ts';
import { isRelevant } from './balance.ts';
import type { Service } from './service.ts';

/** The set of Services relevant to load balancing. */
export interface ServiceSet {
  readonly replace: (namespace: string | null, services: readonly Service[]) => void;
  readonly set: (service: Service) => void;
  readonly remove: (service: Service) => void;
}

/** Milliseconds for which changes are gathered, longer where there are many Services, so that a thousand changes lead to a few reports. */
const gatheringFor = (services: number) => Math.max(5, services / 10);

/**
 * Keeps the Services of some collections, and reports those relevant to load balancing: for the first time once every collection was
 * listed, and then after each change.
 *
 * @param collections the namespaces that are followed; null stands for all
 */
export function openServiceSet(
  config: Pick<Config, 'loadBalancer'>,
  collections: readonly (string | null)[],
  clock: Clock,
  report: (services: readonly Service[]) => void,
  signal: AbortSignal,
): ServiceSet {
  const services = new Map<string, Service>();
  const missing = new Set(collections);
  let waiting = false;
  const changed = () => {
    if (missing.size > 0 || waiting) return;
    waiting = true;
    clock.sleep(gatheringFor(services.size), signal).then(
      () => {
        waiting = false;
        report([...services.values()]);
      },
      () => {},
    );
  };
  const put = (service: Service) => {
    if (isRelevant(config, service)) services.set(service.uid, service);
    else services.delete(service.uid);
  };
  return {
    replace(namespace, all) {
      for (const { uid, namespace: at } of services.values()) if (namespace === null || at === namespace) services.delete(uid);
      for (const service of all) put(service);
      missing.delete(namespace);
      changed();
    },
    set(service) {
      const had = services.has(service.uid);
      put(service);
      if (had || services.has(service.uid)) changed();
    },
    remove({ uid }) {
      if (services.delete(uid)) changed();
    },
  };
}
