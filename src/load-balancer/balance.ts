import { isDeepStrictEqual } from 'node:util';
import type { Config, Listen } from '../config/config.ts';
import { inRange } from '../ip/range.ts';
import type { Problem } from '../problem/problem.ts';
import { eventOf } from './cause.ts';
import { leaseName } from './lease-name.ts';
import type { Publication } from './publication.ts';
import type { AllocatedAddress, Service } from './service.ts';
import { isOfClass, type ServedService, serveServices } from './services-to-listens.ts';

/** The Services of the cluster as this VM serves them. */
export interface LoadBalancing {
  /** Whether the Services were listed; before that, no served one may be removed. */
  readonly listed: boolean;
  /** The Services of the class, the oldest first. */
  readonly served: readonly ServedService[];
  /** Services that are no longer of the class, but whose status still has addresses from podfront. */
  readonly released: readonly Service[];
}

/** No Services are known yet. */
export const nothingListed: LoadBalancing = { listed: false, served: [], released: [] };

/**
 * The load balancing of these Services. Only the leader keeps earlier allocations; any other VM follows the status that the leader
 * writes, and for the rest predicts what the leader will allocate.
 *
 * @param config podfront.yaml, without listens of Services
 * @param services all Services of the cluster that are relevant to load balancing
 */
export function balance(config: Config, before: LoadBalancing, services: readonly Service[], leads: boolean): LoadBalancing {
  const manager = managerOf(config);
  const ours = services.filter((service) => isOfClass(config, manager, service));
  const known = new Map(before.served.map((one) => [one.service.uid, one]));
  const pools = config.loadBalancer?.addresses ?? [];
  const isTrusted = ({ writer }: Service, { address }: AllocatedAddress) =>
    writer === manager || pools.some((range) => inRange(range, address));
  const given = ours.map((service) => {
    const published = service.published.filter((one) => isTrusted(service, one));
    return [service.uid, [...published, ...(leads ? (known.get(service.uid)?.addresses ?? []) : [])]] as const;
  });
  const isOurs = new Set(ours);
  const listens = new Map(before.served.flatMap((one) => one.listens.map((listen) => [listen.name, listen] as const)));
  return {
    listed: true,
    served: serveServices(config, ours, new Map(given), known).map((one) => ({
      ...one,
      listens: one.listens.map((listen) => sameListen(listens, listen)),
    })),
    released: services.filter((service) => !isOurs.has(service) && service.writer === manager && service.published.length > 0),
  };
}

/** The listen, as the same object as before where it has not changed, so that observations of it stay valid. */
function sameListen(before: ReadonlyMap<string, Listen>, listen: Listen): Listen {
  const old = before.get(listen.name);
  return old !== undefined && isDeepStrictEqual(old, listen) ? old : listen;
}

/** The field manager of the statuses of a class, which also names its Lease. */
export function managerOf({ loadBalancer }: Pick<Config, 'loadBalancer'>): string {
  return leaseName(loadBalancer?.class ?? '');
}

/** Whether a Service is relevant to load balancing: it has the type, or its status has addresses from podfront. */
export function isRelevant(config: Pick<Config, 'loadBalancer'>, service: Service): boolean {
  return service.type === 'LoadBalancer' || service.writer === managerOf(config);
}

/** The configuration with the listens of Services behind its own. */
export function withServiceListens(config: Config, { served }: LoadBalancing): Config {
  const listens = served.flatMap((one) => one.listens);
  return listens.length === 0 ? config : { ...config, listens: [...config.listens, ...listens] };
}

/** The listens that HAProxy serves. */
export interface ServingListens {
  /** The addresses that each listen is bound to; null while HAProxy does not run the desired file yet. */
  readonly binds: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** The reasons why listens are not served as configured, by name. */
  readonly heldBack: ReadonlyMap<string, Problem>;
}

/** The publications for all Services. An address is published once all its ports are served there or cannot be, and not before. */
export function publicationsOf({ served, released }: LoadBalancing, serving: ServingListens): readonly Publication[] {
  return [
    ...served.map((one) => publicationOf(one, serving)),
    ...released.map((service): Publication => ({ service, addresses: [], events: [] })),
  ];
}

/** The most Events of one Service: a thousand wrong source ranges are not worth as many. */
const mostEvents = 20;

function publicationOf({ service, addresses, listens, causes }: ServedService, { binds, heldBack }: ServingListens): Publication {
  const events = causes.map(eventOf);
  const failures = listens.flatMap(({ name, binds: [first] }) => {
    const problem = heldBack.get(name);
    return problem === undefined ? [] : [eventOf({ kind: 'not-served', port: first?.firstPort ?? 0, problem })];
  });
  const waiting = binds === null || listens.some(({ name }) => !binds.has(name) && !heldBack.has(name));
  const told = [...events, ...failures].slice(0, mostEvents);
  if (addresses.length === 0) return { service, addresses: [], events: told };
  if (waiting || listens.length === 0) return { service, addresses: null, events: told };
  const bound = (address: AllocatedAddress) => ({
    ...address,
    ports: address.ports.filter((port) =>
      listens.some((listen) => listen.binds.some((bind) => isAt(bind, address, port) && binds.get(listen.name)?.has(bind.text))),
    ),
  });
  const published = addresses.map(bound).filter(({ ports }) => ports.length > 0);
  const pending = listens.some(
    (listen) => !heldBack.has(listen.name) && listen.binds.some(({ text }) => !binds.get(listen.name)?.has(text)),
  );
  if (pending || published.length === 0) return { service, addresses: null, events: told };
  return { service, addresses: published, events: told };
}

function isAt({ host, firstPort }: Listen['binds'][number], { address }: AllocatedAddress, port: number): boolean {
  return firstPort === port && host?.family === address.family && host.value === address.value;
}
