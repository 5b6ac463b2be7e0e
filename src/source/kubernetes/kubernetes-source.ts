import type { ApiAccess, Config } from '../../config/config.ts';
import { Problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import { hostAddresses } from '../../system/host-addresses.ts';
import type { Env } from '../../system/process.ts';
import { classifierFor } from '../classify-address.ts';
import type { Observation } from '../observation.ts';
import type { Source } from '../source.ts';
import { openApiClient } from './api/client.ts';
import { type Collection, collectionsByNamespace, servicesByNamespace } from './collections.ts';
import { listAll } from './list.ts';
import { observeListen, unobserved } from './observe.ts';
import { openServiceStore } from './service-store.ts';
import { keysOfListen, viewsOf, watchApi } from './watch.ts';

/** Options for asking the Kubernetes API. */
export interface KubernetesSourceOptions {
  /** The environment, for `inCluster`. */
  readonly env: Env;
  /** Counts the events of `watch`, and restarts of watches. */
  readonly count?: (what: 'event' | 'restart') => void;
}

/**
 * The Kubernetes API as a source, for listens with `records: endpoints`. Each `list` and each `watch` opens connections of its own and
 * closes them at its end. The configuration must have `cluster.api`.
 */
export function kubernetesSource(clock: Clock, { env, count = () => {} }: KubernetesSourceOptions): Source {
  return {
    async list(config, signal) {
      try {
        const client = openApiClient(accessOf(config), env);
        try {
          return await listApi(config, client, clock, signal);
        } finally {
          client.close();
        }
      } catch (error) {
        return allFailed(config, error);
      }
    },
    async watch(config, report, signal, feed) {
      const world = { clock, random: Math.random, hostAddresses, count };
      for (;;) {
        try {
          const client = openApiClient(accessOf(config), env);
          try {
            return await watchApi(config, client, report, world, signal, feed);
          } finally {
            client.close();
          }
        } catch (error) {
          // The daemon loads its configuration again when the kubeconfig is created or changed. The credentials in a pod are not watched.
          report(allFailed({ ...config, listens: [...config.listens, ...(feed?.current() ?? [])] }, error));
          await clock.sleep(retryAfter, signal);
        }
      }
    },
  };
}

/** Milliseconds before unusable credentials are read again. */
const retryAfter = 5_000;

function accessOf({ cluster }: Config): ApiAccess {
  if (cluster.api === null) throw new Error('cluster.api is not set');
  return cluster.api;
}

/** Failed observations of all listens, for one reason. Throws errors that are not Problems, such as the signal's reason. */
function allFailed(config: Config, error: unknown): readonly Observation[] {
  if (!(error instanceof Problem)) throw error;
  return config.listens.map((listen) => unobserved(config, listen, error));
}

async function listApi(
  config: Config,
  client: ReturnType<typeof openApiClient>,
  { now }: Clock,
  signal: AbortSignal,
): Promise<readonly Observation[]> {
  const { listens } = config;
  const services = servicesByNamespace(listens);
  const store = openServiceStore(new Set(listens.flatMap(keysOfListen)), now);
  const failures = new Map<string, Problem>();
  await Promise.all(
    collectionsByNamespace(services).map(async (collection) => {
      try {
        await listInto(collection);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        failures.set(collection.namespace ?? '', error);
      }
    }),
  );
  const classify = classifierFor(config, hostAddresses());
  return listens.map((listen) => {
    const failure = failures.get(listen.namespace);
    if (failure !== undefined) return unobserved(config, listen, failure);
    return observeListen(config, listen, viewsOf(store, listen), client, classify);
  });

  async function listInto(collection: Collection): Promise<void> {
    const { namespace } = collection;
    if (collection.resource === 'services')
      store.services.replace(namespace, (await listAll(client, collection, store.services.listReader(), signal)).objects);
    else store.slices.replace(namespace, (await listAll(client, collection, store.slices.listReader(), signal)).objects);
  }
}
