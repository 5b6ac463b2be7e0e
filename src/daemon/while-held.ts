import { type ApplyRequest, apply } from '../haproxy/process/apply.ts';
import { checkFile } from '../haproxy/process/check.ts';
import { type PlanInput, plan } from '../plan/plan.ts';
import { refreshSlots } from '../plan/refresh-slots.ts';
import { Problem } from '../problem/problem.ts';
import type { ReconcileInput, ReconcileResult, World } from './reconcile.ts';

/** An obstacle outside of podfront (a full disk, a taken port) is looked at again after this time. */
export const retryAfter = 5_000;

/**
 * While the file that should be cannot be had, the one that is follows the pods, so that a HAProxy that is started anew starts
 * with those there are.
 */
export async function refreshWhileHeld(
  world: World,
  task: ReconcileInput,
  standing: PlanInput,
  { seen, state }: Pick<ReconcileResult, 'seen' | 'state'>,
  signal: AbortSignal,
): Promise<Partial<ReconcileResult>> {
  const { config, known, journal } = task;
  const { disk, now } = standing;
  if (disk === null || task.dryRun) return {};
  const text = refreshSlots(disk, config, known);
  const decided = plan({ ...standing, next: text, haproxy: 'unasked', refused: new Map() });
  if (decided.kind === 'keep') return decided.until === null ? {} : { until: decided.until };
  try {
    const change: ApplyRequest = { text, write: true, reload: false, keepLastGood: false, expected: [] };
    const applied = await apply({ config, journal, ...world }, change, seen, signal);
    const written = applied.kind === 'written' ? 1 : 0;
    const { counts } = state;
    return { applied, state: { ...state, refreshedAt: now, counts: { ...counts, refreshes: counts.refreshes + written } } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: error, until: world.clock.now() + retryAfter };
  }
}

/** Why HAProxy would not start any more, because of a file beside ours; null where it would. */
export async function checkOtherFiles(
  { env, limits }: World,
  { config, recheck }: ReconcileInput,
  disk: string,
  signal: AbortSignal,
): Promise<Problem | null> {
  const { output, with: others } = config.haproxy;
  if (!recheck || others.length === 0) return null;
  const verdict = await checkFile(config, { file: output, text: disk, target: output }, env, signal, limits.check);
  return verdict.ok ? null : verdict.problem;
}
