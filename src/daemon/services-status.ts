import { managerOf } from '../load-balancer/balance.ts';
import { eventOf } from '../load-balancer/cause.ts';
import type { Publication } from '../load-balancer/publication.ts';
import { type Service, serviceId } from '../load-balancer/service.ts';
import type { ServedService } from '../load-balancer/services-to-listens.ts';
import { loadBalancerPartName, type ServiceStatus, type StatusPart, statusProblem } from '../status/status.ts';
import type { LoopState } from './events.ts';
import { publications } from './load-balancer.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** The Services of the class, the oldest first; none without `loadBalancer`. */
export function servicesStatus(
  loop: LoopState,
  result: Pick<ReconcileResult, 'desired' | 'inspection' | 'plan' | 'problem'> | null,
): readonly ServiceStatus[] {
  const byUid = new Map(publications(loop, result).map((one) => [one.service.uid, one]));
  return loop.services.balancing.served.map((one) => serviceStatus(loop, one, byUid.get(one.service.uid)));
}

function serviceStatus(
  { lastKnown }: LoopState,
  { service, addresses, listens, causes }: ServedService,
  publication: Publication | undefined,
): ServiceStatus {
  const [first] = listens;
  const served = publication?.addresses ?? [];
  const isServed = served.length > 0;
  const problems = publication?.events.map(({ message }) => message) ?? causes.map((cause) => eventOf(cause).message);
  return {
    service: serviceId(service),
    addresses: addresses.map(({ address }) => address.text),
    ports: listens.flatMap(({ binds: [bind] }) => bind?.firstPort ?? []),
    state: isServed ? (isPublished(service, publication) ? 'served' : 'not written') : problems.length > 0 ? 'failed' : 'pending',
    pods: first === undefined ? 0 : (lastKnown.get(first.name)?.observation?.endpoints.length ?? 0),
    problems,
  };
}

/** Whether the status of the Service has the addresses. */
function isPublished({ published }: Service, publication: Publication | undefined): boolean {
  const texts = (of: Publication['addresses']) => (of ?? []).map(({ address }) => address.text).join();
  return texts(published) === texts(publication?.addresses ?? null);
}

/** The part of the status about load balancing; none without `loadBalancer`. */
export function loadBalancerPart({ config, services }: LoopState): readonly StatusPart[] {
  if (config.loadBalancer === null) return [];
  const { class: name, leaseNamespace, addresses } = config.loadBalancer;
  const { balancing, election, problem } = services;
  const failure = election?.problem ?? problem;
  const facts = {
    Class: name,
    Lease: `${leaseNamespace}/${managerOf(config)}`,
    Writer: election === null || election.holder === '' ? 'none' : election.place === 0 ? 'this VM' : election.holder,
    Addresses: addresses.map(({ text }) => text).join(', '),
    Services: balancing.listed ? balancing.served.length : 'not listed yet',
  };
  return [{ name: loadBalancerPartName, facts, problem: statusProblem(failure) }];
}
