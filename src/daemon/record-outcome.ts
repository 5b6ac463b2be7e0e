import type { Config } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import type { Inspection } from '../haproxy/process/haproxy.ts';
import type { RunningConfig, RunningServers } from '../haproxy/process/running-config.ts';
import { serversOfFile } from '../haproxy/process/running-servers.ts';
import type { PatchOutcome } from '../haproxy/process/runtime-update.ts';
import { listensFailed, listensRefused } from '../plan/blame.ts';
import { listenKeyIn } from '../plan/listen-key.ts';
import { streaksAfterReload } from '../plan/reload-gap.ts';
import { leavingServers } from '../plan/server-changes.ts';
import type { Problem } from '../problem/problem.ts';
import type { AttemptOutcome } from './carry-out.ts';
import { type Attempt, retryAfter } from './reconciliation.ts';
import { type EndedCheck, type ReconcileState, withoutRefusedFiles, withRefusal } from './state.ts';

/** The state after an attempt. A listen that is to blame for a refusal or a failed reload is remembered, and held back from then on. */
export function recordOutcome(attempt: Attempt, outcome: AttemptOutcome, config: Config, now: number): ReconcileState {
  if (outcome.kind === 'replaced') return attempt.state;
  if (outcome.kind === 'prevented') return { ...attempt.state, endedCheck: endedCheckAfter(attempt.state, outcome.problem, now) };
  return recordAttempted({ ...attempt, state: { ...attempt.state, endedCheck: null } }, outcome, config, now);
}

type Attempted = Exclude<AttemptOutcome, { readonly kind: 'replaced' | 'prevented' }>;

function recordAttempted(attempt: Attempt, outcome: Attempted, config: Config, now: number): ReconcileState {
  const { state, desired, inspection, plan } = attempt;
  const { counts } = state;
  const digest = reloadDigest(desired.text);
  const { tcp } = desired.transport;
  const reload = (result: 'done' | 'unseen' | 'failed', problem: Problem | null) => ({
    reloadedAt: now,
    reloadWantedAt: null,
    reloadStreaks: streaksAfterReload(state.reloadStreaks, desired.changes, config.pace.reloadEvery, now),
    lastReload: { at: now, why: plan.reasons.join('; '), outcome: result, problem },
  });
  const installed = { ...withoutRefusedFiles(state), tcp, refreshedAt: attempt.decidedAt };
  const keysOf = (listens: readonly string[]) => listens.map((name) => listenKeyIn(desired.text, name));
  switch (outcome.kind) {
    case 'refreshed':
      return { ...installed, counts: { ...counts, refreshes: counts.refreshes + 1 } };
    case 'owed':
      return installed;
    case 'running':
      return { ...installed, ...reload('done', null), counts: { ...counts, reloads: counts.reloads + 1 } };
    case 'unverified':
      return { ...installed, ...reload('unseen', outcome.problem), counts: { ...counts, reloads: counts.reloads + 1 } };
    case 'refused': {
      const blamed = listensRefused(outcome.verdict.alerts, desired);
      return withRefusal(state, digest, keysOf(blamed), outcome.verdict.problem);
    }
    case 'failed': {
      const blamed = listensFailed(outcome.lines, desired, inspection.currentFile, config);
      const failed = { ...reload('failed', outcome.problem), counts: { ...counts, failed: counts.failed + 1 } };
      return { ...withRefusal(state, digest, keysOf(blamed), outcome.problem), ...failed };
    }
    case 'unbindable': {
      const { listens, general } = outcome.unbindable;
      return { ...state, unbindable: { listens: new Map([...state.unbindable.listens, ...listens]), general } };
    }
    case 'patched':
    case 'outdated':
    case 'unpatchable':
    case 'unanswered':
      return recordPatch(state, outcome, (listen) => listenKeyIn(desired.text, listen), now);
    default:
      return outcome satisfies never;
  }
}

/** The longest wait before `haproxy -c` runs again after it ended without a verdict, in milliseconds. */
const maxCheckWait = 300_000;

/** The state of the check after a change was prevented; null where it was not `haproxy -c` that prevented it. */
export function endedCheckAfter({ endedCheck }: ReconcileState, problem: Problem, now: number): EndedCheck | null {
  if (problem.code !== 'haproxy.check-ended' && problem.code !== 'haproxy.timeout') return null;
  const count = (endedCheck?.count ?? 0) + 1;
  return { problem, count, retryAt: now + Math.min(maxCheckWait, retryAfter * 2 ** (count - 1)) };
}

/** The running configuration while nothing is known of HAProxy, which is then searched for from scratch. */
export const unknownConfig: RunningConfig = { state: { kind: 'unseen' }, digest: null, servers: null };

/** The running configuration after an attempt, as far as the attempt shows it. */
export function runningAfter({ inspection, desired }: Attempt, outcome: AttemptOutcome): RunningConfig {
  const { state, digest, servers } = inspection;
  const pods = () => serversOfFile(desired.text, servers?.problem ?? null);
  switch (outcome.kind) {
    case 'running':
      return { state: withWorker(inspection, outcome.worker), digest: reloadDigest(desired.text), servers: pods() };
    case 'unverified':
      return { state, digest: reloadDigest(desired.text), servers: pods() };
    case 'owed':
    case 'failed':
      return { state, digest: null, servers: null };
    case 'refreshed':
    case 'refused':
    case 'unbindable':
    case 'prevented':
      return { state, digest, servers };
    case 'patched':
    case 'outdated':
    case 'unpatchable':
    case 'unanswered':
      return { state, digest, servers: serversAfterPatch(servers, outcome) };
    case 'replaced':
      // Even where /proc shows the same processes, they may no longer be reachable.
      return unknownConfig;
    default:
      return outcome satisfies never;
  }
}

/** HAProxy's pods after a change at run time; unknown where that failed, so that they are read again. */
export function serversAfterPatch(before: RunningServers | null, outcome: PatchOutcome): RunningServers | null {
  if (before === null || outcome.kind === 'unpatchable' || outcome.kind === 'unanswered') return null;
  return { ...before, listens: new Map([...before.listens, ...outcome.listens]) };
}

/** The state after a change at run time. */
export function recordPatch(state: ReconcileState, outcome: PatchOutcome, keyOf: (listen: string) => string, now: number): ReconcileState {
  const { patches } = state;
  switch (outcome.kind) {
    case 'patched':
    case 'outdated':
      return { ...state, patches: { ...patches, done: patches.done + 1 }, leaving: leavingServers(state.leaving, outcome.listens, now) };
    case 'unpatchable': {
      const refusedPatches = new Map([...state.refusedPatches, [keyOf(outcome.listen), outcome.problem]]);
      return { ...state, patches: { ...patches, failed: patches.failed + 1 }, refusedPatches };
    }
    case 'unanswered':
      return { ...state, patches: { ...patches, failed: patches.failed + 1 } };
    default:
      return outcome satisfies never;
  }
}

function withWorker({ state }: Inspection, worker: { readonly pid: number; readonly start: number }): Inspection['state'] {
  return state.kind === 'running' ? { ...state, worker } : state;
}

/** The problem of an attempt; null where it succeeded. */
export function problemOf(outcome: AttemptOutcome): Problem | null {
  switch (outcome.kind) {
    case 'refreshed':
    case 'running':
    case 'replaced':
    case 'patched':
    case 'outdated':
      return null;
    case 'refused':
      return outcome.verdict.problem;
    default:
      return outcome.problem;
  }
}

/** Whether another attempt in the same run may succeed: HAProxy is inspected once more, or the blamed listens are held back. */
export function isWorthAnotherAttempt(outcome: AttemptOutcome, before: ReconcileState, after: ReconcileState): boolean {
  switch (outcome.kind) {
    case 'replaced':
    case 'unbindable':
    case 'patched':
    case 'outdated':
    case 'unpatchable':
    case 'unanswered':
      return true;
    case 'refused':
      return after.refusedListens !== before.refusedListens;
    default:
      return false;
  }
}

/** The time of the next reconciliation after an attempt; null: wait for a change. */
export function retryAtOf(outcome: AttemptOutcome, state: ReconcileState, now: number): number | null {
  switch (outcome.kind) {
    case 'refused':
    case 'failed':
      // The other listens are applied at once, or after a failed reload when `reloadEvery` allows it.
      return now;
    case 'prevented':
      return state.endedCheck?.retryAt ?? now + retryAfter;
    case 'unbindable':
    case 'replaced':
    case 'patched':
    case 'outdated':
    case 'unpatchable':
    case 'unanswered':
      return now + retryAfter;
    default:
      return bindsRetryAt(state, now);
  }
}

/** The time of the next check of binds on which a reload would fail; null where there are none. */
export function bindsRetryAt({ unbindable }: ReconcileState, now: number): number | null {
  return unbindable.listens.size > 0 || unbindable.general !== null ? now + retryAfter : null;
}
