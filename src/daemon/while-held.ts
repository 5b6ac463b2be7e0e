import { changesBetween } from '../plan/changes.ts';
import { plan } from '../plan/plan.ts';
import { refreshSlots } from '../plan/refresh-slots.ts';
import { noServerNeeds } from '../plan/server-changes.ts';
import { Problem } from '../problem/problem.ts';
import { refreshRequest } from './carry-out.ts';
import { planInputOf } from './plan-input.ts';
import { type Attempt, type ReconcileInput, type ReconcileResult, type ReconcileWorld, retryAfter } from './reconciliation.ts';
import { bindsRetryAt, endedCheckAfter } from './record-outcome.ts';

/**
 * Ends a reconciliation whose desired file cannot be installed, or not soon. The pods in the current file are refreshed
 * nevertheless, so that a restarted HAProxy begins with the current ones.
 */
export async function whileHeld(
  { haproxy, clock }: ReconcileWorld,
  input: ReconcileInput,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { inspection, state } = attempt;
  const now = clock.now();
  const result = heldResult(attempt, now);
  const canCheck = state.endedCheck === null || state.endedCheck.retryAt <= now;
  if (inspection.currentFile === null || input.dryRun || !canCheck) return result;
  const text = refreshSlots(inspection.currentFile, input.config, input.observations);
  const refreshed = { text, changes: changesBetween(inspection.currentFile, text) };
  const decided = plan({
    ...planInputOf(input, attempt, refreshed, noServerNeeds, now),
    haproxy: 'unasked',
    refusedFiles: new Map(),
  });
  if (decided.kind === 'keep') return decided.retryAt === null ? result : { ...result, retryAt: decided.retryAt };
  try {
    const outcome = await haproxy.apply(refreshRequest(inspection, refreshed), inspection.state, signal);
    const refreshes = state.counts.refreshes + (outcome.kind === 'refreshed' ? 1 : 0);
    return { ...result, outcome, state: { ...state, refreshedAt: now, counts: { ...state.counts, refreshes } } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const endedCheck = endedCheckAfter(state, error, now);
    return { ...result, problem: error, state: { ...state, endedCheck }, retryAt: endedCheck?.retryAt ?? now + retryAfter };
  }
}

function heldResult(attempt: Attempt, now: number): ReconcileResult {
  const { plan: decided, state } = attempt;
  const retryAt = decided.kind === 'keep' ? decided.retryAt : (state.endedCheck?.retryAt ?? null);
  const problem = decided.kind === 'hold' ? decided.problem : null;
  return { ...attempt, outcome: null, problem, retryAt: retryAt ?? bindsRetryAt(state, now) };
}
