import type { Config } from '../config/config.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import { releaseAt, type SpareSlots } from '../haproxy/slots/release.ts';
import type { Election } from '../load-balancer/lease.ts';
import type { Published } from '../load-balancer/publish.ts';
import type { Service } from '../load-balancer/service.ts';
import { refreshSoon } from '../plan/plan.ts';
import type { LeavingServers } from '../plan/server-changes.ts';
import type { Problem } from '../problem/problem.ts';
import { isComplete, learn } from '../source/last-known.ts';
import { type KnownBefore, keptObservations, keptUntil, type Losses, lossesAt, noLosses, trackLosses } from '../source/losses.ts';
import type { Observation } from '../source/observation.ts';
import { confirmed, confirmedAt, learnConfirmed } from './confirm.ts';
import { type Following, follows, type Lag, listensToReload, trackFollowing } from './following.ts';
import type { ListensPatched } from './patch-listens.ts';
import { type ListensState, noServices, servicesAwaited, withServices } from './service-listens.ts';
import { extendForServices, extendWindow, type SettleWindow, settledAt } from './settle.ts';

/** Something that happened outside the loop. */
export type DaemonEvent =
  | { readonly kind: 'observed'; readonly observations: readonly Observation[] }
  /** A watched file has changed. */
  | { readonly kind: 'files' }
  /** SIGHUP. */
  | { readonly kind: 'hangup' }
  /** The output was removed or changed by somebody else. */
  | { readonly kind: 'output' }
  /** HAProxy was replaced by another process, ended or started. */
  | { readonly kind: 'haproxy' }
  /** The Services of the cluster that concern load balancing, as they are now. */
  | { readonly kind: 'services'; readonly services: readonly Service[] }
  /** The state of the election of the VM that writes their addresses has changed. */
  | { readonly kind: 'election'; readonly election: Election }
  /** Statuses and Events of Services were written, or could not be. */
  | { readonly kind: 'published'; readonly published: Published }
  /** HAProxy's servers were read: the listens in which it lags behind. */
  | { readonly kind: 'servers'; readonly lags: ReadonlyMap<string, Lag> };

/** The state of the loop: what is known, and what waits for the next reconciliation. Times in milliseconds since 1970. */
export interface LoopState extends ListensState {
  /** The problem of the configuration on disk, while the last good one stays in effect. */
  readonly configProblem: Problem | null;
  /** The pods in the file found at the start, for listens that were not observed yet. */
  readonly unobserved: KnownBefore['unobserved'];
  /** How well HAProxy's own resolver follows cluster DNS. */
  readonly following: Following;
  readonly spareSlots: SpareSlots;
  /** The changes since the last reconciliation; null where there were none. */
  readonly changes: SettleWindow | null;
  /** The listens whose pods are changed at run time next, without waiting for changes to settle. */
  readonly patches: ReadonlySet<string>;
  /** The time of the next look at the connections of leaving servers; null where there are none. */
  readonly leavingAt: number | null;
  /** The listens whose pods were changed at run time but not in the file yet, by name. */
  readonly unwritten: ReadonlyMap<string, ListenAllocation>;
  /** The time by which they are written to the file; null where it has them. */
  readonly fileAt: number | null;
  /** No reconciliation for pods that come and go begins before this time; see `restUntil`. */
  readonly restsUntil: number;
  /** The time of the next reconciliation without a change; null: wait for a change. */
  readonly retryAt: number | null;
  /** Whether the files are read again before the next reconciliation. */
  readonly filesChanged: boolean;
  /** Whether SIGHUP was received, after which refused files and listens are tried again. */
  readonly hangup: boolean;
}

/** The state at the start: the loop reconciles as soon as there is an answer for every listen. */
export function initialLoopState(config: Config, now: number): LoopState {
  return {
    config,
    fileConfig: config,
    configProblem: null,
    lastKnown: new Map(),
    unconfirmed: new Map(),
    losses: noLosses,
    unobserved: new Map(),
    services: noServices(now),
    following: follows,
    spareSlots: new Map(),
    changes: settledWindow(config, now),
    patches: new Set(),
    leavingAt: null,
    unwritten: new Map(),
    fileAt: null,
    restsUntil: now,
    retryAt: null,
    filesChanged: false,
    hangup: false,
  };
}

/** The state after one event. */
export function applyEvent(state: LoopState, event: DaemonEvent, now: number): LoopState {
  const changes = extendWindow(state.changes, now);
  switch (event.kind) {
    case 'observed':
      return applyObservations(state, event.observations, now);
    case 'files':
      return { ...state, filesChanged: true, restsUntil: now, changes };
    case 'hangup':
      return { ...state, filesChanged: true, hangup: true, restsUntil: now, changes };
    case 'haproxy':
      return { ...state, restsUntil: now, changes };
    case 'output':
      return { ...state, retryAt: now };
    case 'services': {
      const { state: known, changed } = withServices(state, state.fileConfig, event.services);
      if (!changed && state.services.balancing.listed) return known;
      return { ...known, restsUntil: now, changes: extendForServices(state.changes, state.config.pace.settle, now) };
    }
    case 'election':
      return { ...state, services: { ...state.services, election: event.election } };
    case 'published':
      return { ...state, services: { ...state.services, problem: event.published.problem } };
    case 'servers': {
      const following = trackFollowing(state.following, event.lags, now);
      return { ...state, following, ...(listensToReload(following, now).length > 0 && { changes: settledWindow(state.config, now) }) };
    }
    default:
      return event satisfies never;
  }
}

function applyObservations(state: LoopState, observations: readonly Observation[], now: number): LoopState {
  const { config } = state;
  // Answers for a removed listen may still arrive.
  const configured = new Set(config.listens);
  const wanted = observations.filter(({ listen }) => configured.has(listen));
  const { lastKnown, changed, unconfirmed } = learnConfirmed(state.lastKnown, state.unconfirmed, wanted, now);
  const losses = trackLosses(state.losses, state, wanted, config.pace.keepLost, now);
  const known = { ...state, lastKnown, unconfirmed, losses };
  // HAProxy drops servers 30 s after NXDOMAIN (`hold nx`): there is no time for changes to settle.
  if (state.losses.keptSince === null && losses.keptSince !== null)
    return { ...known, restsUntil: now, changes: settledWindow(config, now) };
  const [keptBefore, keptNow] = [keptObservations(state.losses), keptObservations(losses)];
  const waitsDifferently = wanted.some(({ listen: { name } }) => keptBefore.get(name) !== keptNow.get(name));
  if (!changed && !waitsDifferently && !isKeptDifferently(state.losses, losses)) return known;
  if (
    isComplete(state.lastKnown, config) &&
    !isKeptDifferently(state.losses, losses) &&
    observations.every(({ resolution }) => resolution?.kind === 'address')
  )
    return { ...known, patches: new Set([...state.patches, ...observations.map(({ listen }) => listen.name)]) };
  // The first answers are not delayed by settling.
  const starting = !isComplete(state.lastKnown, config);
  return { ...known, changes: starting ? (state.changes ?? settledWindow(config, now)) : extendWindow(state.changes, now) };
}

/** Whether other listens keep their last known servers. */
function isKeptDifferently(before: Losses, after: Losses): boolean {
  return before.keptSince !== after.keptSince || (after.keptSince !== null && before.byListen.size !== after.byListen.size);
}

/** The state after time has passed: lost pods may be given up, and observations that differ in kind, records, family or name are accepted once they have lasted long enough. */
export function applyTime(state: LoopState, now: number): LoopState {
  const observations = confirmed(state.unconfirmed, state.config.pace.poll, now);
  const losses = lossesAt(state.losses, now);
  if (observations.length === 0 && losses === state.losses) return state;
  const names = new Set(observations.map(({ listen }) => listen.name));
  const unconfirmed = new Map([...state.unconfirmed].filter(([name]) => !names.has(name)));
  const { lastKnown } = learn(state.lastKnown, observations, now);
  return { ...state, lastKnown, unconfirmed, losses, changes: state.changes ?? settledWindow(state.config, now) };
}

/** The observations of the listens whose pods are due to be changed at run time; null where there is nothing to do. */
export function duePatches(state: LoopState, leaving: LeavingServers, now: number): readonly Observation[] | null {
  const left = state.leavingAt !== null && state.leavingAt <= now;
  if (state.patches.size === 0 && !left) return null;
  const names = new Set([...state.patches, ...(left ? leaving.keys() : [])]);
  const kept = keptObservations(state.losses);
  return [...names].flatMap((name) => kept.get(name) ?? state.lastKnown.get(name)?.observation ?? []);
}

/** The state after an attempt to change the pods of some listens at run time. */
export function afterPatch(state: LoopState, { allocations, done, last }: ListensPatched, now: number): LoopState {
  const leaving = last.state.leaving.size > 0;
  const patched = { ...state, patches: new Set<string>(), leavingAt: leaving ? now + leavingEvery : null };
  if (!done) return { ...patched, changes: extendWindow(state.changes, now) };
  if (state.patches.size === 0) return patched;
  const unwritten = new Map([...state.unwritten, ...allocations.map((one) => [one.listen.name, one] as const)]);
  return { ...patched, unwritten, fileAt: state.fileAt ?? now + refreshSoon };
}

/** Milliseconds between two looks at the connections of servers whose pods are gone. */
export const leavingEvery = 1_000;

/** The time at which something is due; null: nothing until the next event. */
export function nextDueAt(state: LoopState): number | null {
  if (state.patches.size > 0) return 0;
  const times = [nextReconcileAt(state), state.leavingAt, state.fileAt].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** The time at which the next reconciliation is due; null: none until the next event. */
export function nextReconcileAt(state: LoopState): number | null {
  const { config, lastKnown, changes, restsUntil, retryAt, spareSlots, filesChanged } = state;
  if (!filesChanged && !isComplete(lastKnown, config)) return null;
  const { settle } = config.pace;
  const settled = changes === null ? null : Math.max(settledAt(changes, settle), Math.min(restsUntil, changes.first + settle.max));
  const times = [settled, retryAt, releaseAt(spareSlots), confirmedAt(state.unconfirmed, config.pace.poll), keptUntil(state.losses)].filter(
    (at) => at !== null,
  );
  return times.length === 0 ? null : Math.max(Math.min(...times), servicesAwaited(state) ?? 0);
}

/** After a reconciliation that found nothing to do, the loop rests for this many times its duration: it may take 1 % of the time. */
const restFactor = 100;

/**
 * The end of the rest after a reconciliation that found nothing to do: where pods come and go all the time in a thousand
 * listens, examining all of them at each change would use all CPU time. It delays nothing by more than `settle.max`.
 */
export function restUntil(began: number, ended: number): number {
  return ended + restFactor * (ended - began);
}

function settledWindow({ pace }: Config, now: number): SettleWindow {
  return { first: now, last: now - pace.settle.min };
}
