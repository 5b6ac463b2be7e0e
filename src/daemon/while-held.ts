import { apply, type Change } from '../haproxy/process/apply.ts';
import { check } from '../haproxy/process/check.ts';
import { plan, type Standing } from '../plan/plan.ts';
import { reseatedFile } from '../plan/refresh-slots.ts';
import { Problem } from '../problem/problem.ts';
import type { Task, Turned, World } from './reconcile.ts';

/** An obstacle outside of podfront (a full disk, a taken port) is looked at again after this time. */
export const tryAgain = 5_000;

/**
 * While the file that should be cannot be had, the one that is follows the pods, so that a HAProxy that is started anew starts
 * with those there are.
 */
export async function meanwhile(
  world: World,
  task: Task,
  standing: Standing,
  { seen, state }: Pick<Turned, 'seen' | 'state'>,
  signal: AbortSignal,
): Promise<Partial<Turned>> {
  const { config, known, journal } = task;
  const { disk, now } = standing;
  if (disk === null || task.dryRun) return {};
  const text = reseatedFile(disk, config, known);
  const decided = plan({ ...standing, next: text, haproxy: 'unasked', refused: new Map() });
  if (decided.kind === 'keep') return decided.until === null ? {} : { until: decided.until };
  try {
    const change: Change = { text, write: true, reload: false, keepGood: false, expected: [] };
    const applied = await apply({ config, journal, ...world }, change, seen, signal);
    const written = applied.kind === 'written' ? 1 : 0;
    const { counts } = state;
    return { applied, state: { ...state, refreshedAt: now, counts: { ...counts, refreshes: counts.refreshes + written } } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: error, until: world.clock.now() + tryAgain };
  }
}

/** Why HAProxy would not start any more, because of a file beside ours; null where it would. */
export async function refusalBeside(
  { env, limits }: World,
  { config, recheck }: Task,
  disk: string,
  signal: AbortSignal,
): Promise<Problem | null> {
  const { output, with: others } = config.haproxy;
  if (!recheck || others.length === 0) return null;
  const verdict = await check(config, { file: output, text: disk, target: output }, env, signal, limits.check);
  return verdict.ok ? null : verdict.problem;
}
