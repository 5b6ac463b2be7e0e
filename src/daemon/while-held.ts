import { changesBetween } from '../plan/changes.ts';
import { plan } from '../plan/plan.ts';
import { refreshSlots } from '../plan/refresh-slots.ts';
import { Problem } from '../problem/problem.ts';
import { writeRequest } from './carry-out.ts';
import { planInputOf } from './plan-input.ts';
import { type Attempt, type ReconcileInput, type ReconcileResult, type ReconcileWorld, retryAfter } from './reconciliation.ts';
import { bindsCheckedAgainAt } from './record-outcome.ts';

/**
 * Ends a reconciliation whose desired file cannot be installed. The pods in the current file are refreshed nevertheless, so
 * that a HAProxy that is started anew starts with those there are.
 */
export async function whileHeld(
  { haproxy, clock }: ReconcileWorld,
  input: ReconcileInput,
  attempt: Attempt,
  problem: Problem,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { inspection, state } = attempt;
  const now = clock.now();
  const held: ReconcileResult = { ...attempt, outcome: null, problem, retryAt: bindsCheckedAgainAt(state, now) };
  if (inspection.current === null || input.dryRun) return held;
  const text = refreshSlots(inspection.current, input.config, input.observations);
  const decided = plan({
    ...planInputOf(input.config, attempt, { text, changes: changesBetween(inspection.current, text) }, now),
    haproxy: 'unasked',
    refusedFiles: new Map(),
  });
  if (decided.kind === 'keep') return decided.until === null ? held : { ...held, retryAt: decided.until };
  try {
    const outcome = await haproxy.apply(writeRequest(inspection, text), inspection.state, signal);
    const refreshes = state.counts.refreshes + (outcome.kind === 'written' ? 1 : 0);
    return { ...held, outcome, state: { ...state, refreshedAt: now, counts: { ...state.counts, refreshes } } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...held, problem: error, retryAt: now + retryAfter };
  }
}
