import { someOf } from '../plan/describe-changes.ts';
import type { Log } from './log.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** The most names of changed listens in one line of the log. */
const maxNames = 20;

/**
 * Logs what a reconciliation did.
 *
 * @param asked whether someone asked for it, so that it is logged even where there was nothing to do
 */
export function logResult(log: Log, { outcome, plan, desired, patched }: ReconcileResult, asked: boolean): void {
  if (patched.length > 0) log.info(`changed servers at run time: ${someOf(patched).join('; ')}`);
  const why = plan.reasons.join('; ');
  const changed = desired.changes.listens.map(({ listen }) => listen);
  const more = changed.length > maxNames ? { count: changed.length } : {};
  const fields = changed.length === 0 ? {} : { listens: changed.slice(0, maxNames), ...more };
  switch (outcome?.kind) {
    case undefined:
      log[asked ? 'info' : 'debug'](`${plan.kind === 'keep' ? 'nothing to do' : 'nothing was done'}: ${why}`, { plan: plan.kind });
      break;
    case 'running':
      log.info(`reloaded HAProxy, and saw it run the new file: ${why}`, { worker: outcome.worker.pid, ...fields });
      break;
    case 'unverified':
      log.info(`asked HAProxy to reload: ${why}`, fields);
      break;
    case 'refreshed':
      if (plan.kind === 'hold') log.info('wrote the current addresses into the current file, while the desired file is held', fields);
      else log.info(`wrote the file: ${why}`, fields);
      break;
    case 'owed':
      log.info(`wrote the file: ${why}`, fields);
      break;
    default:
    // The problem is logged as a condition.
  }
}

/** Whether the desired file is in place, and something is served. */
export function isGood({ problem, plan, desired: { allocation, heldBack } }: ReconcileResult): boolean {
  if (plan.kind === 'hold' || (problem !== null && problem.code !== 'reload.unseen')) return false;
  return allocation.length > 0 ? allocation.some(({ listen }) => !heldBack.has(listen.name)) : heldBack.size === 0;
}

/** One line for the service manager. */
export function summaryOf(result: ReconcileResult | null): string {
  if (result === null) return 'asking the cluster';
  const { desired, plan, problem } = result;
  if (problem !== null) return `${plan.kind}: ${problem.message}`;
  const pods = desired.allocation.reduce((sum, { pods, slots }) => sum + pods.length + (slots?.overflow ?? 0), 0);
  const heldBack = desired.heldBack.size === 0 ? '' : `, ${desired.heldBack.size} held back`;
  return `${desired.allocation.length} listens, ${pods} pods${heldBack}`;
}
