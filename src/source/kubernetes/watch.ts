import { setMaxListeners } from 'node:events';
import type { Config, Listen } from '../../config/config.ts';
import type { Address } from '../../ip/address.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import { classifierFor } from '../classify-address.ts';
import type { Observation } from '../observation.ts';
import type { ListenFeed } from '../source.ts';
import type { ApiClient } from './api/client.ts';
import {
  type Collection,
  collectionsByNamespace,
  collectionsOfAll,
  collectionsOfNamespaces,
  serviceNamesOf,
  servicesByNamespace,
} from './collections.ts';
import { type Follower, follow } from './follow.ts';
import type { Read } from './objects.ts';
import { type ListenViews, observeListen, unobserved } from './observe.ts';
import { type ObjectStore, openServiceStore, type ServiceStore, serviceKey } from './service-store.ts';

/** Milliseconds between two reports of all listens, changed or not. */
const fullReportEvery = 10_000;

/** After a report, events wait for this many times its duration, so that 10,000 events a second do not use a whole processor. */
const restFactor = 4;

/** The dependencies of watching. */
export interface WatchingWorld {
  readonly clock: Clock;
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number;
  /** The current addresses of this host. */
  readonly hostAddresses: () => readonly Address[];
  /** Counts events, and restarts of watches. */
  readonly count: (what: 'event' | 'restart') => void;
}

/** The state of the two collections of a namespace, or of all namespaces. */
interface Scope {
  /** The collections that have been listed. */
  readonly listed: Set<Collection['resource']>;
  /** The reasons why collections cannot be followed now. */
  readonly failing: Map<Collection['resource'], Problem>;
}

/**
 * Watches Services and EndpointSlices until the signal: in all namespaces at once where that costs less and is allowed, else in each.
 *
 * @param report takes observations: changed ones at once, all of them every ten seconds
 */
export async function watchApi(
  config: Config,
  client: ApiClient,
  report: (observations: readonly Observation[]) => void,
  { clock, random, hostAddresses, count }: WatchingWorld,
  signal: AbortSignal,
  feed?: ListenFeed,
): Promise<void> {
  const services = servicesByNamespace(config.listens);
  const { loadBalancer } = config;
  let listensOf = listensByService([...config.listens, ...(feed?.current() ?? [])]);
  const store = openServiceStore(loadBalancer === null ? listensOf.keys() : null, clock.now);
  const failure = new AbortController();
  const ending = AbortSignal.any([signal, failure.signal]);
  setMaxListeners(0, ending);
  let scopes = new Map<string | null, Scope>();
  let followers = new AbortController();
  let addresses = hostAddresses();
  let classify = classifierFor(config, addresses);
  /** The Services to report, and the last observations of the others. */
  const due = new Set<string>();
  const latest = new Map<Listen, Observation>();
  let isScheduled = false;
  let restsUntil = Number.NEGATIVE_INFINITY;

  feed?.onChange(() => {
    const before = new Set([...listensOf.values()].flat());
    listensOf = listensByService([...config.listens, ...feed.current()]);
    latest.clear();
    markChanged([...listensOf].flatMap(([key, listens]) => (listens.every((listen) => before.has(listen)) ? [] : [key])));
  });
  const everything = collectionsOfAll(services);
  if (loadBalancer !== null) followAll(collectionsOfNamespaces(withNamespaces(loadBalancer.namespaces, services.keys())));
  else if (everything === null) followAll(collectionsByNamespace(services));
  else followAll(everything);
  for (;;) {
    await clock.sleep(fullReportEvery, ending);
    followHostAddresses();
    reportSoon(listensOf.keys());
  }

  function followAll(collections: readonly Collection[]): void {
    followers.abort();
    followers = new AbortController();
    const until = AbortSignal.any([ending, followers.signal]);
    setMaxListeners(0, until);
    scopes = new Map(collections.map(({ namespace }) => [namespace, { listed: new Set(), failing: new Map() }]));
    for (const collection of collections) {
      const done =
        collection.resource === 'services' ? followOne(collection, store.services, until) : followOne(collection, store.slices, until);
      done.catch((error: unknown) => {
        if (!until.aborted) failure.abort(error);
      });
    }
  }

  async function followOne<T>(collection: Collection, objects: ObjectStore<T>, until: AbortSignal): Promise<void> {
    const { namespace, resource } = collection;
    const scope = scopes.get(namespace);
    if (scope === undefined) return;
    const follower: Follower<Read<T>> = {
      read: objects.read,
      listReader: objects.listReader,
      replaced(all) {
        scope.listed.add(resource);
        markChanged(objects.replace(namespace, all));
      },
      set(read) {
        count('event');
        markChanged(objects.set(read));
      },
      deleted(read) {
        count('event');
        markChanged(objects.remove(read));
      },
      failing(problem) {
        // podfront may lack permission for all namespaces, which it does not need.
        if (namespace === null && loadBalancer === null && problem?.code === 'api.forbidden')
          return followAll(collectionsByNamespace(services));
        if (problem === null ? !scope.failing.delete(resource) : scope.failing.get(resource)?.message === problem.message) return;
        if (problem !== null) scope.failing.set(resource, problem);
        markChanged([...listensOf.keys()].filter((key) => namespace === null || key.startsWith(`${namespace}/`)));
      },
      restarted: () => count('restart'),
    };
    await follow(client, collection, follower, { clock, random }, until);
  }

  /** Which addresses may be used changes with those of this host. */
  function followHostAddresses(): void {
    const now = hostAddresses();
    if (now.length === addresses.length && now.every(({ text }, i) => text === addresses[i]?.text)) return;
    addresses = now;
    classify = classifierFor(config, addresses);
    latest.clear();
  }

  function markChanged(keys: readonly string[]): void {
    for (const key of keys) for (const listen of listensOf.get(key) ?? []) latest.delete(listen);
    reportSoon(keys);
  }

  /** Schedules a report on the listens of these Services, one for each turn of the event loop. */
  function reportSoon(keys: Iterable<string>): void {
    for (const key of keys) due.add(key);
    if (isScheduled || due.size === 0) return;
    isScheduled = true;
    const wait = restsUntil - clock.now();
    if (wait <= 0) setImmediate(publish);
    else clock.sleep(wait, ending).then(publish, () => {});
  }

  function publish(): void {
    isScheduled = false;
    if (ending.aborted) return;
    const began = clock.now();
    const listens = new Set([...due].flatMap((key) => listensOf.get(key) ?? []));
    const observations = [...listens].flatMap(observationOf);
    due.clear();
    if (observations.length > 0) report(observations);
    const ended = clock.now();
    restsUntil = ended + restFactor * (ended - began);
  }

  /** The observation of a listen; null before its collections were listed, unless they fail. */
  function observationOf(listen: Listen): readonly Observation[] {
    const scope = scopes.get(null) ?? scopes.get(listen.namespace);
    if (scope === undefined) return [];
    const [problem] = scope.failing.values();
    if (problem !== undefined) return [unobserved(config, listen, problem)];
    if (scope.listed.size < 2) return [];
    const observation = latest.get(listen) ?? observeListen(config, listen, viewsOf(store, listen), client, classify);
    latest.set(listen, observation);
    return [observation];
  }
}

/** The namespaces of Services of type LoadBalancer and of listens; empty for all. */
function withNamespaces(ofServices: readonly string[], ofListens: Iterable<string>): readonly string[] {
  return ofServices.length === 0 ? [] : [...ofServices, ...ofListens];
}

function listensByService(listens: readonly Listen[]): ReadonlyMap<string, readonly Listen[]> {
  const byService = new Map<string, Listen[]>();
  for (const listen of listens) {
    for (const key of keysOfListen(listen)) {
      const of = byService.get(key);
      if (of === undefined) byService.set(key, [listen]);
      else of.push(listen);
    }
  }
  return byService;
}

/** The store's keys of the Services that a listen needs, that of its pods first. */
export function keysOfListen(listen: Listen): readonly string[] {
  return serviceNamesOf(listen).map((name) => serviceKey({ namespace: listen.namespace, name }));
}

/** The Services of a listen in the store. */
export function viewsOf({ view }: ServiceStore, listen: Listen): ListenViews {
  const [own = '', backup] = keysOfListen(listen);
  return { own: view(own), backup: backup === undefined ? null : view(backup) };
}
