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
import { type KnownBefore, keptObservations, keptUntil, type Losses, noLosses, trackLosses } from '../source/losses.ts';
import type { Observation } from '../source/observation.ts';
import { confirmed, confirmedAt, learnConfirmed } from './confirm.ts';
import { type Following, follows, type Lag, listensToReload, trackFollowing } from './following.ts';
import type { ListensPatched } from './patch-listens.ts';
import { type ListensState, noServices, servicesAwaited, withServices } from './service-listens.ts';
import { extendWindow, type SettleWindow, settledAt } from './settle.ts';

/** Something that happened outside the loop. */
export type DaemonEvent =
  | { readonly kind: 'observed'; readonly observations: readonly Observation[] }
  /** A watched file has changed. */
  | { readonly kind: 'files' }
  /** SIGHUP. */
  | { readonly kind: 'hangup' }
  /** The output was removed or changed by somebody else. */
  | { readonly kind: 'output' }
  /** HAProxy is another process than before, or gone, or back. */
  | { readonly kind: 'haproxy' }
  /** The Services of the cluster that concern load balancing, as they are now. */
  | { readonly kind: 'services'; readonly services: readonly Service[] }
  /** The election of the VM that writes their addresses stands differently. */
  | { readonly kind: 'election'; readonly election: Election }
  /** Statuses and Events of Services were written, or could not be. */
  | { readonly kind: 'published'; readonly published: Published }
  /** HAProxy was asked for its servers: the listens in which it lags behind. */
  | { readonly kind: 'servers'; readonly lags: ReadonlyMap<string, Lag> };

/** What the loop knows, and what waits for the next reconciliation. Times in milliseconds since 1970. */
export interface LoopState extends ListensState {
  /** Why the configuration on disk cannot be used, while the last good one stays in effect. */
  readonly configProblem: Problem | null;
  /** Pods in the file that was found at the start, of listens that were not observed yet. */
  readonly unobserved: KnownBefore['unobserved'];
  /** Whether HAProxy follows cluster DNS by itself. */
  readonly following: Following;
  readonly spareSlots: SpareSlots;
  /** The changes since the last reconciliation; null where there were none. */
  readonly changes: SettleWindow | null;
  /** The listens whose pods are to be changed at run time, which nothing has to settle for. */
  readonly patches: ReadonlySet<string>;
  /** When to look again whether servers that left have no connections any more; null: none left. */
  readonly leavingAt: number | null;
  /** The listens whose pods were changed at run time, and not in the file yet, by name. */
  readonly unwritten: ReadonlyMap<string, ListenAllocation>;
  /** When they have to be in the file; null: it has them. */
  readonly fileAt: number | null;
  /** Pods that come and go are not acted on before this time; see `restUntil`. */
  readonly restsUntil: number;
  /** When to reconcile although nothing changes; null: wait for a change. */
  readonly retryAt: number | null;
  /** Whether the files are to be read again before the next reconciliation. */
  readonly filesChanged: boolean;
  /** Whether SIGHUP came, after which HAProxy is asked again about what it refused. */
  readonly hangup: boolean;
}

/** The state of a loop that starts: it reconciles as soon as there is an answer for every listen. */
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
      return changed || !state.services.balancing.listed ? { ...known, restsUntil: now, changes } : known;
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
  // Answers for a listen that has been removed may still arrive.
  const configured = new Set(config.listens);
  const wanted = observations.filter(({ listen }) => configured.has(listen));
  const { lastKnown, changed, unconfirmed } = learnConfirmed(state.lastKnown, state.unconfirmed, wanted, now);
  const losses = trackLosses(state.losses, state, wanted, config.pace.keepLost, now);
  const known = { ...state, lastKnown, unconfirmed, losses };
  // HAProxy drops servers 30 s after NXDOMAIN (`hold nx`): there is no time to wait for quiet.
  if (state.losses.keptSince === null && losses.keptSince !== null)
    return { ...known, restsUntil: now, changes: settledWindow(config, now) };
  if (!changed && !isKeptDifferently(state.losses, losses)) return known;
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

/** The state after time has passed: what is kept of lost pods may be given up, and observations that differ in kind, records, family or name are accepted once they have stayed long enough. */
export function applyTime(state: LoopState, now: number): LoopState {
  const observations = confirmed(state.unconfirmed, state.config.pace.poll, now);
  const losses = (keptUntil(state.losses) ?? Number.POSITIVE_INFINITY) <= now ? noLosses : state.losses;
  if (observations.length === 0 && losses === state.losses) return state;
  const names = new Set(observations.map(({ listen }) => listen.name));
  const unconfirmed = new Map([...state.unconfirmed].filter(([name]) => !names.has(name)));
  const { lastKnown } = learn(state.lastKnown, observations, now);
  return { ...state, lastKnown, unconfirmed, losses, changes: state.changes ?? settledWindow(state.config, now) };
}

/** What is known of the listens whose pods are to be changed at run time now; null where there is nothing to do. */
export function duePatches(state: LoopState, leaving: LeavingServers, now: number): readonly Observation[] | null {
  const left = state.leavingAt !== null && state.leavingAt <= now;
  if (state.patches.size === 0 && !left) return null;
  const names = new Set([...state.patches, ...(left ? leaving.keys() : [])]);
  const kept = keptObservations(state.losses);
  return [...names].flatMap((name) => kept.get(name) ?? state.lastKnown.get(name)?.observation ?? []);
}

/** The state when the pods of some listens were changed at run time, or could not be. */
export function afterPatch(state: LoopState, { allocations, done, last }: ListensPatched, now: number): LoopState {
  const leaving = last.state.leaving.size > 0;
  const patched = { ...state, patches: new Set<string>(), leavingAt: leaving ? now + leavingEvery : null };
  if (!done) return { ...patched, changes: extendWindow(state.changes, now) };
  if (state.patches.size === 0) return patched;
  const unwritten = new Map([...state.unwritten, ...allocations.map((one) => [one.listen.name, one] as const)]);
  return { ...patched, unwritten, fileAt: state.fileAt ?? now + refreshSoon };
}

/** Milliseconds between two looks at the connections of servers whose pods left. */
export const leavingEvery = 1_000;

/** When there is something to do; null: nothing is due until the next event. */
export function nextDueAt(state: LoopState): number | null {
  if (state.patches.size > 0) return 0;
  const times = [nextReconcileAt(state), state.leavingAt, state.fileAt].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** When the next reconciliation is due; null: none is due until the next event. */
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

/** A reconciliation that finds nothing to do may take 1 % of the time. */
const restFactor = 100;

/**
 * How long the loop idles after a reconciliation that found nothing to do: where pods come and go all the time in a thousand
 * listens, examining all of them at each change would use all CPU time. Nobody waits longer than `settle.max` for it.
 */
export function restUntil(began: number, ended: number): number {
  return ended + restFactor * (ended - began);
}

function settledWindow({ pace }: Config, now: number): SettleWindow {
  return { first: now, last: now - pace.settle.min };
}
