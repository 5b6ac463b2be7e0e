import type { Config } from '../config/config.ts';
import { balance, type LoadBalancing, nothingListed, withServiceListens } from '../load-balancer/balance.ts';
import type { Election } from '../load-balancer/lease.ts';
import type { Service } from '../load-balancer/service.ts';
import type { Problem } from '../problem/problem.ts';
import { carriedOver, type LastKnownByListen } from '../source/last-known.ts';
import { carriedLosses, type Losses } from '../source/losses.ts';
import type { UnconfirmedByListen } from './confirm.ts';

/** The state of Services of type LoadBalancer. */
export interface ServicesState {
  /** The Services relevant to load balancing; null before they were listed. */
  readonly services: readonly Service[] | null;
  readonly balancing: LoadBalancing;
  /** The state of the election of the writer; null before the first. */
  readonly election: Election | null;
  /** The reason why a status could not be written the last time; null where all were. */
  readonly problem: Problem | null;
  /** The end of the first reconciliation's wait for the list of Services, in milliseconds since 1970. */
  readonly awaitedUntil: number;
}

/** The state of listens, those of podfront.yaml and those of Services. */
export interface ListensState {
  /** podfront.yaml, with the listens of Services behind its own. */
  readonly config: Config;
  /** podfront.yaml as it is. */
  readonly fileConfig: Config;
  readonly lastKnown: LastKnownByListen;
  /** Observations of another kind than the last known ones, which are not confirmed yet. */
  readonly unconfirmed: UnconfirmedByListen;
  /** The listens that have lost all their pods. */
  readonly losses: Losses;
  readonly services: ServicesState;
}

/** The longest wait of the first reconciliation for the list of Services, in milliseconds. */
const longestWait = 5_000;

/** The state before Services were listed. */
export function noServices(now: number): ServicesState {
  return { services: null, balancing: nothingListed, election: null, problem: null, awaitedUntil: now + longestWait };
}

/** The end of the wait for the list of Services; null where there is no wait. A reconciliation without the list cannot serve new Services. */
export function servicesAwaited({ config, services }: Pick<ListensState, 'config' | 'services'>): number | null {
  return config.loadBalancer === null || services.balancing.listed ? null : services.awaitedUntil;
}

/** The state with these Services and this podfront.yaml, and whether any listen was added, removed or changed. */
export function withServices<S extends ListensState>(
  state: S,
  fileConfig: Config,
  services: readonly Service[] | null,
): { readonly state: S; readonly changed: boolean } {
  const { election, balancing: before } = state.services;
  const uses = fileConfig.loadBalancer !== null && services !== null;
  const balancing = uses ? balance(fileConfig, before, services, election?.place === 0) : nothingListed;
  const fresh = withServiceListens(fileConfig, balancing);
  const isSame = fresh.listens.length === state.config.listens.length && fresh.listens.every((one, i) => one === state.config.listens[i]);
  const kept = { ...state, fileConfig, services: { ...state.services, services, balancing } };
  if (isSame && fileConfig === state.fileConfig) return { state: kept, changed: false };
  const current = new Set(fresh.listens);
  return {
    state: {
      ...kept,
      config: fresh,
      lastKnown: carriedOver(state.lastKnown, state.config, fresh),
      losses: carriedLosses(state.losses, state.config, fresh),
      unconfirmed: new Map([...state.unconfirmed].filter(([, { observation }]) => current.has(observation.listen))),
    },
    changed: !isSame,
  };
}

/** The place of this VM among those of its class, which reload one after the other; 0 where it is alone, leads, or does not know its place. */
export function reloadPlace({ services }: Pick<ListensState, 'services'>): number {
  return services.election?.place ?? 0;
}
