import type { Config } from '../config/config.ts';
import { Problem } from '../problem/problem.ts';
import { type ApiClient, openApiClient } from '../source/kubernetes/api/client.ts';
import { follow } from '../source/kubernetes/follow.ts';
import type { Clock } from '../system/clock.ts';
import type { Env } from '../system/process.ts';
import type { RequestApi } from './api.ts';
import { managerOf } from './balance.ts';
import { type ElectionCandidate, openCandidate } from './lease.ts';
import { leaseTimes } from './lease-record.ts';
import { serviceNamespaces } from './list-services.ts';
import { openPublisher, type Publisher } from './publish.ts';
import { readLoadBalancerService, type Service } from './service.ts';
import { isOfClass } from './services-to-listens.ts';
import { openServiceSet } from './watch-services.ts';

/** The parts of load balancing: the watch of Services, the election, and the publisher. */
export interface LoadBalancer {
  /** Reports the Services relevant to load balancing after each change, until the signal. */
  readonly watchServices: (report: (services: readonly Service[]) => void, signal: AbortSignal) => Promise<void>;
  readonly candidate: ElectionCandidate;
  readonly publisher: Publisher;
}

/** The dependencies of a load balancer. */
export interface LoadBalancerWorld {
  readonly clock: Clock;
  /** The environment, for `inCluster`. */
  readonly env: Env;
  /** Unique among the VMs of the class. */
  readonly identity: string;
}

/** Milliseconds before unusable credentials are read again. */
const retryAfter = 5_000;

/** Opens the load balancer of a configuration with `cluster.api` and `loadBalancer`. Nothing is asked before it is used. */
export function openLoadBalancer(config: Config, { clock, env, identity }: LoadBalancerWorld): LoadBalancer {
  const { cluster, loadBalancer } = config;
  if (cluster.api === null || loadBalancer === null) throw new Error('cluster.api and loadBalancer have to be set');
  const access = cluster.api;
  const manager = managerOf(config);
  let opened: ApiClient | null = null;
  /** Throws Problem while the kubeconfig cannot be used. */
  const client = () => {
    opened ??= openApiClient(access, env);
    return opened;
  };
  const request: RequestApi = async (one, signal) => client().request(one, signal);
  const candidate = openCandidate({
    clock,
    request,
    identity,
    lease: { name: manager, namespace: loadBalancer.leaseNamespace },
    times: leaseTimes,
  });
  const isOurs = (service: Service) => isOfClass(config, manager, service);
  const publisher = openPublisher({ clock, request, manager, instance: identity, isLeader: candidate.isLeader, isOurs });

  async function watchServices(report: (services: readonly Service[]) => void, signal: AbortSignal): Promise<void> {
    const namespaces = serviceNamespaces(config);
    const set = openServiceSet(config, namespaces, clock, report, signal);
    for (;;) {
      try {
        const api = client();
        const following = namespaces.map((namespace) =>
          follow(
            api,
            { resource: 'services', namespace, selector: '' },
            {
              read: readLoadBalancerService,
              listReader: () => readLoadBalancerService,
              replaced: (services) => set.replace(namespace, services),
              set: set.set,
              deleted: set.remove,
              // The source follows the same Services for their pods, and reports the failures.
              failing: () => {},
              restarted: () => {},
            },
            { clock, random: Math.random },
            signal,
          ),
        );
        await Promise.all(following);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        await clock.sleep(retryAfter, signal);
      }
    }
  }

  return { watchServices, candidate, publisher };
}
