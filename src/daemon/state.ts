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

/** The binds of the desired file on which a reload would fail, by the last check. */
export interface Unbindable {
  /** Listens with such a bind, by `listenKey`. */
  readonly listens: ReadonlyMap<string, Problem>;
  /** The problem of a bind outside of listens; null where there is none. */
  readonly general: Problem | null;
}

/** A row of reloads that one listen needed for another reason than its slots. */
export interface ReloadStreak {
  readonly count: number;
  /** The time of the last one, in milliseconds since 1970. */
  readonly at: number;
}

/** A `haproxy -c` that ended without a verdict, because it was killed or took too long. */
export interface EndedCheck {
  readonly problem: Problem;
  /** The number of times in a row. */
  readonly count: number;
  /** The time at which it may run again, in milliseconds since 1970. */
  readonly retryAt: number;
}

/** The memory of reconciliations: what was done to HAProxy, and what it refused. Each reconciliation returns a new one. */
export interface ReconcileState {
  /** The decision time of the last plan that was carried out, in milliseconds since 1970; null for never. */
  readonly refreshedAt: number | null;
  /** The time of the last reload of HAProxy, successful or not, in milliseconds since 1970; null for never. */
  readonly reloadedAt: number | null;
  /** The time since which a reload has been waiting; null where none is. */
  readonly reloadWantedAt: number | null;
  readonly lastReload: LastReload | null;
  /** Counts since the start: successful reloads, failed reloads, and files written without a reload. */
  readonly counts: { readonly reloads: number; readonly failed: number; readonly refreshes: number };
  /** Counts since the start of changes of servers at run time, successful and failed. */
  readonly patches: { readonly done: number; readonly failed: number };
  /** The blocks of listens whose pods HAProxy refused to change at run time, by `listenKey`. */
  readonly refusedPatches: ReadonlyMap<string, Problem>;
  /** The servers that get no new connections, because their pods are gone. */
  readonly leaving: LeavingServers;
  /** Files that HAProxy refused, by their digest. */
  readonly refusedFiles: ReadonlyMap<string, Problem>;
  /** Blocks of listens that HAProxy refused, by `listenKey`. */
  readonly refusedListens: ReadonlyMap<string, Problem>;
  readonly unbindable: Unbindable;
  /** Null where the last check had a verdict. */
  readonly endedCheck: EndedCheck | null;
  /** By listen; `reloadEvery` grows for one that needs many reloads. */
  readonly reloadStreaks: ReadonlyMap<string, ReloadStreak>;
  /** Whether HAProxy's resolver is configured to ask over TCP. */
  readonly tcp: boolean;
}

/** The verdict that a reload would fail on no bind. */
export const allBindable: Unbindable = { listens: new Map(), general: null };

/** The state at the start of a daemon. */
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

/** The state without refusals and reload streaks, so that everything is tried at once. */
export function withoutRefusals(state: ReconcileState): ReconcileState {
  const refusals = { refusedFiles: new Map(), refusedListens: new Map(), refusedPatches: new Map() };
  return { ...state, ...refusals, endedCheck: null, reloadStreaks: new Map() };
}

/** The state without refused files, once HAProxy runs another file: they are tried again when they are desired again. */
export function withoutRefusedFiles(state: ReconcileState): ReconcileState {
  return state.refusedFiles.size === 0 ? state : { ...state, refusedFiles: new Map() };
}

/** The state after HAProxy refused a file, or failed to reload with it: because of the blamed listens, or as a whole where there are none. */
export function withRefusal(state: ReconcileState, digest: string, blamedKeys: readonly string[], problem: Problem): ReconcileState {
  if (blamedKeys.length === 0) return { ...state, refusedFiles: new Map([...state.refusedFiles, [digest, problem]]) };
  const blamed = blamedKeys.map((key) => [key, problem] as const);
  return { ...state, refusedListens: new Map([...state.refusedListens, ...blamed]) };
}
