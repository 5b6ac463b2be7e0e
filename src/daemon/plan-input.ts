import type { Config } from '../config/config.ts';
import type { PlanInput } from '../plan/plan.ts';
import type { Attempt } from './reconciliation.ts';

/** The input of a plan for a text that is to be installed. */
export function planInputOf(
  { haproxy, pace }: Config,
  { inspection, state }: Pick<Attempt, 'inspection' | 'state'>,
  desired: PlanInput['desired'],
  now: number,
): PlanInput {
  const { currentFile, digest, state: process } = inspection;
  return {
    currentFile: currentFile,
    desired,
    runningDigest: digest,
    haproxy: haproxy.reload.kind === 'none' ? 'unasked' : process.kind,
    obstacle: process.kind === 'unreachable' ? process.problem : state.unbindable.general,
    endedCheck: state.endedCheck,
    reloadStreaks: state.reloadStreaks,
    refusedFiles: state.refusedFiles,
    pace,
    now,
    reloadedAt: state.reloadedAt,
    refreshedAt: state.refreshedAt,
  };
}
