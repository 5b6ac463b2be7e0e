import { changesBetween } from '../plan/changes.ts';
import { plan } from '../plan/plan.ts';
import { refreshSlots } from '../plan/refresh-slots.ts';
import { Problem } from '../problem/problem.ts';
import { writeRequest } from './carry-out.ts';
import { planInputOf } from './plan-input.ts';
import { type Attempt, type ReconcileInput, type ReconcileResult, type ReconcileWorld, retryAfter } from './reconciliation.ts';
import { bindsCheckedAgainAt, endedCheckAfter } from './record-outcome.ts';

/**
 * Ends a reconciliation whose desired file cannot be installed, or not for long. The pods in the current file are refreshed
 * nevertheless, so that a HAProxy that is started anew starts with those there are.
 */
export async function whileHeld(
  { haproxy, clock }: ReconcileWorld,
  input: ReconcileInput,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { inspection, state } = attempt;
  const now = clock.now();
  const held = heldResult(attempt, now);
  const canCheck = state.endedCheck === null || state.endedCheck.againAt <= now;
  if (inspection.current === null || input.dryRun || !canCheck) return held;
  const text = refreshSlots(inspection.current, input.config, input.observations);
  const refreshed = { text, changes: changesBetween(inspection.current, text) };
  const decided = plan({ ...planInputOf(input.config, attempt, refreshed, now), haproxy: 'unasked', refusedFiles: new Map() });
  if (decided.kind === 'keep') return decided.until === null ? held : { ...held, retryAt: decided.until };
  try {
    const outcome = await haproxy.apply(writeRequest(inspection, text), inspection.state, signal);
    const refreshes = state.counts.refreshes + (outcome.kind === 'written' ? 1 : 0);
    return { ...held, outcome, state: { ...state, refreshedAt: now, counts: { ...state.counts, refreshes } } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const endedCheck = endedCheckAfter(state, error, now);
    return { ...held, problem: error, state: { ...state, endedCheck }, retryAt: endedCheck?.againAt ?? now + retryAfter };
  }
}

function heldResult(attempt: Attempt, now: number): ReconcileResult {
  const { plan: decided, state } = attempt;
  const until = decided.kind === 'keep' ? decided.until : (state.endedCheck?.againAt ?? null);
  const problem = decided.kind === 'hold' ? decided.problem : null;
  return { ...attempt, outcome: null, problem, retryAt: until ?? bindsCheckedAgainAt(state, now) };
}
