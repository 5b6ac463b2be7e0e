import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { ApplyOutcome } from '../haproxy/process/apply.ts';
import type { DesiredFile } from '../plan/desired-file.ts';
import { keyIn } from '../plan/desired-file.ts';
import type { Plan } from '../plan/plan.ts';
import type { Problem } from '../problem/problem.ts';
import type { ReconcileState } from './state.ts';

/** The state after a change was tried; `culprits` are the listens that are to blame where it failed. */
export function recordOutcome(
  state: ReconcileState,
  decided: Plan,
  next: DesiredFile,
  applied: ApplyOutcome,
  culprits: readonly string[],
  now: number,
): ReconcileState {
  const { counts } = state;
  const shape = reloadDigest(next.text);
  const why = decided.reasons.join(', ');
  const { tcp } = next.transport;
  switch (applied.kind) {
    case 'written':
      return { ...state, tcp, refreshedAt: now, counts: { ...counts, refreshes: counts.refreshes + 1 } };
    case 'owed':
      return { ...state, tcp, runs: null, refreshedAt: now };
    case 'running':
    case 'unseen': {
      const outcome = applied.kind === 'running' ? 'done' : 'unseen';
      const problem = applied.kind === 'unseen' ? applied.problem : null;
      const lastReload = { at: now, why, outcome, problem } as const;
      return {
        ...state,
        tcp,
        runs: shape,
        reloadedAt: now,
        refreshedAt: now,
        lastReload,
        counts: { ...counts, reloads: counts.reloads + 1 },
      };
    }
    case 'failed':
    case 'refused': {
      const problem = applied.kind === 'failed' ? applied.problem : applied.verdict.problem;
      const blocks = culprits.map((name) => [keyIn(next, name), problem] as const);
      const refused = {
        refusedListens: new Map([...state.refusedListens, ...blocks]),
        refusedFiles: culprits.length > 0 ? state.refusedFiles : new Map([...state.refusedFiles, [shape, problem]]),
      };
      if (applied.kind === 'refused') return { ...state, ...refused };
      const lastReload = { at: now, why, outcome: 'failed', problem } as const;
      return { ...state, ...refused, runs: null, reloadedAt: now, lastReload, counts: { ...counts, failed: counts.failed + 1 } };
    }
    default:
      return applied satisfies never;
  }
}

/** What is wrong after a change was tried. */
export function problemOf(applied: ApplyOutcome): Problem | null {
  if (applied.kind === 'failed' || applied.kind === 'owed' || applied.kind === 'unseen') return applied.problem;
  return applied.kind === 'refused' ? applied.verdict.problem : null;
}

/** After a failed reload the others go on with the next turn, which waits for `reloadEvery`. */
export function retryAt(applied: ApplyOutcome, now: number, again: number | null): number | null {
  return applied.kind === 'failed' || applied.kind === 'refused' ? now : again;
}
