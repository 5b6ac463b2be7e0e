import type { PreviousFile } from '../plan/desired-file.ts';
import type { Plan } from '../plan/plan.ts';
import type { Problem } from '../problem/problem.ts';

/** The last attempt to reload HAProxy. */
export interface LastReload {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly why: string;
  readonly outcome: 'done' | 'unseen' | 'failed';
  readonly problem: Problem | null;
}

/** What podfront knows of HAProxy and of what it did to it; each turn makes the next one. */
export interface ReconcileState {
  /** Digest of the shape HAProxy was seen running; null when that is not known. */
  readonly runs: string | null;
  readonly refreshedAt: number | null;
  readonly reloadedAt: number | null;
  readonly lastReload: LastReload | null;
  /** Reloads that were seen done, that failed, and files written, since the start. */
  readonly counts: { readonly reloads: number; readonly failed: number; readonly refreshes: number };
  /** Whole files that HAProxy refused, by digest of their shape. */
  readonly refusedFiles: ReadonlyMap<string, Problem>;
  /** Blocks that HAProxy refused, by `listenKey`. */
  readonly refusedListens: ReadonlyMap<string, Problem>;
  /** Blocks with a bind on which a reload would fail, by `listenKey`, as it was seen last. */
  readonly unfitListens: ReadonlyMap<string, Problem>;
  /** Whether HAProxy's resolver was told to ask over TCP. */
  readonly tcp: boolean;
  /** The file that was written last, and what it was made from. */
  readonly made: PreviousFile | null;
  /** The last plan, with what it was about. */
  readonly plan: Plan | null;
}

/** Nothing is known yet. */
export const initialState: ReconcileState = {
  runs: null,
  refreshedAt: null,
  reloadedAt: null,
  lastReload: null,
  counts: { reloads: 0, failed: 0, refreshes: 0 },
  refusedFiles: new Map(),
  refusedListens: new Map(),
  unfitListens: new Map(),
  tcp: false,
  made: null,
  plan: null,
};

/** The state without what HAProxy refused: after SIGHUP it is tried once more. */
export function withoutRefusals(state: ReconcileState): ReconcileState {
  return { ...state, refusedFiles: new Map(), refusedListens: new Map() };
}
