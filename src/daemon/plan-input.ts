import type { Config } from '../config/config.ts';
import type { DesiredFile } from '../plan/desired-file.ts';
import type { PlanInput } from '../plan/plan.ts';
import { noServerNeeds, type ServerNeeds, serverNeeds } from '../plan/server-changes.ts';
import type { Attempt, ReconcileInput } from './reconciliation.ts';

/** The input of a plan for a text to install. */
export function planInputOf(
  { config: { haproxy, pace }, notFollowing }: Pick<ReconcileInput, 'config' | 'notFollowing'>,
  { inspection, state }: Pick<Attempt, 'inspection' | 'state'>,
  desired: PlanInput['desired'],
  servers: ServerNeeds,
  now: number,
): PlanInput {
  const { currentFile, digest, state: process } = inspection;
  return {
    currentFile,
    desired,
    servers,
    notFollowing,
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

/** The changes that HAProxy's servers need to match the desired file. */
export function serverNeedsOf(
  { pace }: Config,
  { inspection, state }: Pick<Attempt, 'inspection' | 'state'>,
  desired: Pick<DesiredFile, 'text' | 'allocation'>,
  now: number,
): ServerNeeds {
  const { servers } = inspection;
  if (inspection.state.kind !== 'running' || inspection.digest === null) return noServerNeeds;
  const running = servers === null ? null : { listens: servers.listens, usable: servers.problem === null };
  return serverNeeds(desired, running, state.refusedPatches, { leaving: state.leaving, drain: pace.drain, now });
}
