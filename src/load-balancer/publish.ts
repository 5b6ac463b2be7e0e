import { type Problem, problem } from '../problem/problem.ts';
import type { Clock } from '../system/clock.ts';
import { withTimeLimit } from '../system/time-limit.ts';
import type { ApiResult, RequestApi } from './api.ts';
import { allocatedEvent, type ServiceEvent } from './cause.ts';
import { apiReason } from './lease.ts';
import { eventKey, eventName, eventObject, ingressOf, type Publication, type WrittenStatus, writeAt, writtenAfter } from './publication.ts';
import { ingressForm, readLoadBalancerService, type Service, serviceId } from './service.ts';

/** The dependencies of a publisher. */
export interface PublisherWorld {
  readonly clock: Clock;
  readonly request: RequestApi;
  /** The field manager that the status is written as, and the source of Events. */
  readonly manager: string;
  readonly instance: string;
  /** Whether this process may write now. */
  readonly isLeader: () => boolean;
  /** Whether the current state of a Service allows podfront to write its status. */
  readonly isOurs: (service: Service) => boolean;
}

/** The outcome of publishing. */
export interface Published {
  readonly writes: number;
  /** The problem of a failed write; null where everything was written. */
  readonly problem: Problem | null;
  /** The time to publish again without a change, in milliseconds since 1970; null: wait for a change. */
  readonly retryAt: number | null;
}

/** The writer of statuses and Events, each only when it changes. */
export interface Publisher {
  /**
   * Writes all statuses, and then Events.
   *
   * @param isOutdated whether there is something newer to publish: the Events that are left then come with that
   */
  readonly publish: (publications: readonly Publication[], signal: AbortSignal, isOutdated?: () => boolean) => Promise<Published>;
}

/** Whether a Service gets addresses that it did not have before. */
function hasNewAddresses({ service, addresses }: Publication): boolean {
  const now = (addresses ?? []).map(({ address }) => address.text);
  return now.length > 0 && now.join() !== service.published.map(({ address }) => address.text).join();
}

/** A write that failed. `general`: other writes would fail too. */
interface WriteFailure {
  readonly problem: Problem;
  readonly general: boolean;
}

/** The number of requests at a time. */
const parallel = 8;
/** The most attempts at one write while others change the Service. */
const attempts = 5;
/** The longest time for one request, and the first and the longest wait before failed writes are tried again. In milliseconds. */
const requestTimeout = 5_000;
const retryDelay = { first: 1_000, longest: 60_000 };
/** The most Events that are remembered as created. */
const mostCreated = 10_000;

/** Opens a publisher that has written nothing yet. */
export function openPublisher({ clock, request, manager, instance, isLeader, isOurs }: PublisherWorld): Publisher {
  const written = new Map<string, WrittenStatus>();
  /** The Events of each Service that were created and still apply. */
  const told = new Map<string, ReadonlySet<string>>();
  /** The Services that have got addresses, and whose Event is not created yet. */
  const gained = new Set<string>();
  /** The Events that this process has created. */
  const created = new Set<string>();
  let failures = 0;

  const send: RequestApi = (one, signal) => withTimeLimit(requestTimeout, signal, (within) => request(one, within));

  /** Writes the status of a Service. On a conflict it reads the Service and tries again. */
  async function writeStatus(publication: Publication, signal: AbortSignal): Promise<WriteFailure | null> {
    const { addresses } = publication;
    const ingress = ingressOf(addresses ?? []);
    let { service } = publication;
    const failed = (answer: ApiResult): WriteFailure => ({
      problem: problem('load-balancer.not-written', { service: serviceId(service), why: apiReason(answer) }),
      general: answer.status >= 500 || [401, 403, 429].includes(answer.status),
    });
    // From then on, only a newer version of the Service leads to another write.
    const remember = (as: Service) => {
      written.set(service.uid, writtenAfter({ ...publication, service: as }, written.get(service.uid), clock.now()));
      return null;
    };
    for (let attempt = 1; isLeader(); attempt++) {
      const path = `/api/v1/namespaces/${service.namespace}/services/${service.name}`;
      const body = {
        metadata: { uid: service.uid, resourceVersion: service.resourceVersion },
        status: { loadBalancer: { ingress: ingress.length === 0 ? null : ingress } },
      };
      const contentType = 'application/merge-patch+json';
      const answer = await send({ method: 'PATCH', path: `${path}/status?fieldManager=${manager}`, body, contentType }, signal);
      if (answer.status === 404) return remember(publication.service);
      if (answer.status >= 200 && answer.status < 300) {
        if (hasNewAddresses(publication)) gained.add(service.uid);
        return remember(service);
      }
      if (answer.status !== 409 || attempt === attempts) return failed(answer);
      const now = await send({ method: 'GET', path }, signal);
      const fresh = now.status === 200 ? readLoadBalancerService(now.body) : null;
      if (now.status === 404 || (fresh !== null && fresh.uid !== service.uid)) return remember(publication.service);
      if (fresh === null) return failed(now);
      if (fresh.ingress === ingressForm(ingress) || (ingress.length > 0 && !isOurs(fresh))) return remember(publication.service);
      service = fresh;
    }
    return null;
  }

  /** Creates an Event, once for each cause over all processes; again when the cause returns. */
  async function tell(service: Service, event: ServiceEvent, signal: AbortSignal): Promise<void> {
    const path = `/api/v1/namespaces/${service.namespace}/events`;
    const key = eventKey(service, event);
    const body = eventObject(service, event, instance, clock.now());
    const answer = await send({ method: 'POST', path, body }, signal);
    if (answer.status === 409 && created.has(key)) {
      const lastTimestamp = (body as { readonly lastTimestamp: string }).lastTimestamp;
      const contentType = 'application/merge-patch+json';
      await send({ method: 'PATCH', path: `${path}/${eventName(service, event)}`, body: { lastTimestamp }, contentType }, signal);
    }
    if (created.size >= mostCreated) created.clear();
    if (answer.status < 500) created.add(key);
  }

  /** Tells what of a publication was not told yet, with the address first. */
  async function tellAll({ service, addresses, events }: Publication, signal: AbortSignal): Promise<null> {
    if (gained.has(service.uid) && addresses !== null && addresses.length > 0) {
      await tell(service, allocatedEvent(addresses.map(({ address }) => address.text)), signal);
    }
    gained.delete(service.uid);
    const before = told.get(service.uid) ?? new Set();
    for (const event of events) {
      if (!before.has(eventKey(service, event)) && isLeader()) await tell(service, event, signal);
    }
    if (isLeader()) told.set(service.uid, new Set(events.map((event) => eventKey(service, event))));
    return null;
  }

  function isWriteDue(publication: Publication): boolean {
    const at = writeAt(publication, written.get(publication.service.uid), clock.now());
    return at !== null && at <= clock.now();
  }

  function isToTell({ service, events }: Publication): boolean {
    const before = told.get(service.uid);
    const untold = events.some((event) => !before?.has(eventKey(service, event)));
    return gained.has(service.uid) || untold || (before?.size ?? 0) > events.length;
  }

  /** Works on some publications, several at a time, while that goes on and no failure is one for all. Returns the last failure. */
  async function workOn(
    publications: readonly Publication[],
    work: (publication: Publication, signal: AbortSignal) => Promise<WriteFailure | null>,
    goesOn: () => boolean,
    signal: AbortSignal,
  ): Promise<Problem | null> {
    const open = [...publications].reverse();
    let failure = null as Problem | null;
    const worker = async () => {
      for (let next = open.pop(); next !== undefined && goesOn(); next = open.pop()) {
        try {
          const failed = await work(next, signal);
          failure = failed?.problem ?? failure;
          if (failed?.general) open.length = 0;
        } catch (error) {
          signal.throwIfAborted();
          failure = problem('load-balancer.not-written', { service: serviceId(next.service), why: (error as Error).message });
          open.length = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    return failure;
  }

  return {
    async publish(publications, signal, isOutdated = () => false) {
      const uids = new Set(publications.map(({ service }) => service.uid));
      for (const known of [written, told, gained]) for (const uid of known.keys()) if (!uids.has(uid)) known.delete(uid);
      const due = publications.filter(isWriteDue);
      const notWritten = await workOn(due, writeStatus, isLeader, signal);
      // Traffic waits for statuses (external-dns, whoever asks for the address), and nobody for Events.
      const notTold = await workOn(publications.filter(isToTell), tellAll, () => isLeader() && !isOutdated(), signal);
      const failure = notWritten ?? notTold;
      const later = publications.flatMap((one) => writeAt(one, written.get(one.service.uid), clock.now()) ?? []);
      failures = failure === null ? 0 : failures + 1;
      const backOff = Math.min(retryDelay.longest, retryDelay.first * 2 ** (failures - 1));
      const retryAt = failure !== null ? clock.now() + backOff : later.length === 0 ? null : Math.min(...later);
      return { writes: due.length, problem: failure, retryAt };
    },
  };
}
