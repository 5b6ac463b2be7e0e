import { shapeDigest } from '../haproxy/file/reload-digest.ts';
import type { Applied } from '../haproxy/process/apply.ts';
import type { Next } from '../plan/desired-file.ts';
import { keyIn } from '../plan/desired-file.ts';
import type { Plan } from '../plan/plan.ts';
import type { Problem } from '../problem/problem.ts';
import type { State } from './state.ts';

/** The state after a change was tried; `culprits` are the listens that are to blame where it failed. */
export function after(state: State, decided: Plan, next: Next, applied: Applied, culprits: readonly string[], now: number): State {
  const { counts } = state;
  const shape = shapeDigest(next.text);
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
export function problemOf(applied: Applied): Problem | null {
  if (applied.kind === 'failed' || applied.kind === 'owed' || applied.kind === 'unseen') return applied.problem;
  return applied.kind === 'refused' ? applied.verdict.problem : null;
}

/** After a failed reload the others go on with the next turn, which waits for `reloadEvery`. */
export function untilAfter(applied: Applied, now: number, again: number | null): number | null {
  return applied.kind === 'failed' || applied.kind === 'refused' ? now : again;
}
