import type { Config } from '../../src/config/config.ts';
import { managerOf } from '../../src/load-balancer/balance.ts';
import { openCandidate } from '../../src/load-balancer/lease.ts';
import { leaseTimes } from '../../src/load-balancer/lease-record.ts';
import type { LoadBalancer } from '../../src/load-balancer/open.ts';
import { openPublisher } from '../../src/load-balancer/publish.ts';
import { readLoadBalancerService } from '../../src/load-balancer/service.ts';
import { isOfClass } from '../../src/load-balancer/services-to-listens.ts';
import { openServiceSet } from '../../src/load-balancer/watch-services.ts';
import type { FakeApi } from './fake-api.ts';
import type { FakeClock } from './fake-clock.ts';

/** A load balancer on an API in memory, whose Services are looked at every 10 ms. */
export function fakeLoadBalancer(config: Config, api: FakeApi, clock: FakeClock, identity: string): LoadBalancer {
  const manager = managerOf(config);
  const candidate = openCandidate({
    clock,
    request: api.request,
    identity,
    lease: { name: manager, namespace: config.loadBalancer?.leaseNamespace ?? '' },
    times: leaseTimes,
  });
  const publisher = openPublisher({
    clock,
    request: api.request,
    manager,
    instance: identity,
    isLeader: candidate.isLeader,
    isOurs: (service) => isOfClass(config, manager, service),
  });
  return {
    candidate,
    publisher,
    async watchServices(report, signal) {
      const set = openServiceSet(config, [null], clock, report, signal);
      for (let before = ''; ; await clock.sleep(10, signal)) {
        const reachable = api.fault?.({ method: 'GET', path: '/api/v1/services' }) ?? null;
        const objects = [...api.objects].flatMap(([path, object]) => (/\/services\/[^/]+$/.test(path) ? [object] : []));
        if (reachable !== null || JSON.stringify(objects) === before) continue;
        before = JSON.stringify(objects);
        set.replace(
          null,
          objects.flatMap((object) => readLoadBalancerService(object) ?? []),
        );
      }
    },
  };
}
