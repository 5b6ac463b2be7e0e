import type { LeavingServers } from '../plan/server-changes.ts';
import type { Problem } from '../problem/problem.ts';

/** The last attempt to reload HAProxy. */
export interface LastReload {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly why: string;
  readonly outcome: 'done' | 'unseen' | 'failed';
  readonly problem: Problem | null;
}

/** The binds of the desired file on which a reload would fail, as they were checked last. */
export interface Unbindable {
  /** Listens with such a bind, by `listenKey`. */
  readonly listens: ReadonlyMap<string, Problem>;
  /** The problem of a bind that belongs to no listen; null where there is none. */
  readonly general: Problem | null;
}

/** The reloads in a row that one listen needed because of more than its slots. */
export interface ReloadStreak {
  readonly count: number;
  /** When the last one was, in milliseconds since 1970. */
  readonly at: number;
}

/** A `haproxy -c` that ended without a verdict, because it was killed or took too long. */
export interface EndedCheck {
  readonly problem: Problem;
  /** How often in a row that has happened. */
  readonly count: number;
  /** When it may run again, in milliseconds since 1970. */
  readonly retryAt: number;
}

/** What podfront did to HAProxy and learned from it; each reconciliation returns the next one. */
export interface ReconcileState {
  /** When it was last decided to write what was desired, and that was done. Milliseconds since 1970; null for never. */
  readonly refreshedAt: number | null;
  /** When HAProxy was last told to reload, whether that succeeded or not. Milliseconds since 1970; null for never. */
  readonly reloadedAt: number | null;
  /** Since when a reload is wanted that did not happen yet; null where none is. */
  readonly reloadWantedAt: number | null;
  readonly lastReload: LastReload | null;
  /** Since the start: reloads that did not fail, reloads that failed, and files that were written without one. */
  readonly counts: { readonly reloads: number; readonly failed: number; readonly refreshes: number };
  /** Changes of servers at run time since the start, and those that failed. */
  readonly patches: { readonly done: number; readonly failed: number };
  /** Blocks of listens whose pods HAProxy did not change at run time, by `listenKey`. */
  readonly refusedPatches: ReadonlyMap<string, Problem>;
  /** Servers without new connections, because their pods left. */
  readonly leaving: LeavingServers;
  /** Files that HAProxy refused, by their digest. */
  readonly refusedFiles: ReadonlyMap<string, Problem>;
  /** Blocks of listens that HAProxy refused, by `listenKey`. */
  readonly refusedListens: ReadonlyMap<string, Problem>;
  readonly unbindable: Unbindable;
  /** Null where the last check had a verdict. */
  readonly endedCheck: EndedCheck | null;
  /** By listen; `reloadEvery` grows for one that needs reloads again and again. */
  readonly reloadStreaks: ReadonlyMap<string, ReloadStreak>;
  /** Whether HAProxy's resolver was told to ask over TCP. */
  readonly tcp: boolean;
}

/** No bind that a reload would fail on is known. */
export const allBindable: Unbindable = { listens: new Map(), general: null };

/** The state of a daemon that starts. */
export const initialState: ReconcileState = {
  refreshedAt: null,
  reloadedAt: null,
  reloadWantedAt: null,
  lastReload: null,
  counts: { reloads: 0, failed: 0, refreshes: 0 },
  patches: { done: 0, failed: 0 },
  refusedPatches: new Map(),
  leaving: new Map(),
  refusedFiles: new Map(),
  refusedListens: new Map(),
  unbindable: allBindable,
  endedCheck: null,
  reloadStreaks: new Map(),
  tcp: false,
};

/** The state without what HAProxy refused and how often listens needed a reload, so that everything is tried at once. */
export function withoutRefusals(state: ReconcileState): ReconcileState {
  const refusals = { refusedFiles: new Map(), refusedListens: new Map(), refusedPatches: new Map() };
  return { ...state, ...refusals, endedCheck: null, reloadStreaks: new Map() };
}

/** The state once HAProxy has another file than those it refused, which are tried anew should they be wanted again. */
export function withoutRefusedFiles(state: ReconcileState): ReconcileState {
  return state.refusedFiles.size === 0 ? state : { ...state, refusedFiles: new Map() };
}

/** The state after HAProxy refused a file, or failed to reload on it: because of the blamed listens, or as a whole where there are none. */
export function withRefusal(state: ReconcileState, digest: string, blamedKeys: readonly string[], problem: Problem): ReconcileState {
  if (blamedKeys.length === 0) return { ...state, refusedFiles: new Map([...state.refusedFiles, [digest, problem]]) };
  const blamed = blamedKeys.map((key) => [key, problem] as const);
  return { ...state, refusedListens: new Map([...state.refusedListens, ...blamed]) };
}
