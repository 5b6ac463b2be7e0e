import type { Config } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { bindsIn } from '../haproxy/file/sections.ts';
import type { Inspection } from '../haproxy/process/haproxy.ts';
import { type DesiredFile, desiredFile } from '../plan/desired-file.ts';
import { type Plan, plan } from '../plan/plan.ts';
import { stillLeaving } from '../plan/server-changes.ts';
import { problem } from '../problem/problem.ts';
import { carryOut } from './carry-out.ts';
import { planInputOf, serverNeedsOf } from './plan-input.ts';
import type { Attempt, LastReconciliation, ReconcileInput, ReconcileResult, ReconcileWorld } from './reconciliation.ts';
import { bindsRetryAt, isWorthAnotherAttempt, problemOf, recordOutcome, retryAtOf, runningAfter } from './record-outcome.ts';
import { allBindable, type ReconcileState, withoutRefusedFiles, withRefusal } from './state.ts';
import { whileHeld } from './while-held.ts';

/** The most attempts in one run. Each may find one more listen to hold back. */
const maxAttempts = 6;

/**
 * Reconciles once: inspects HAProxy, makes the desired file, plans, carries out the plan, and records the outcome. A listen
 * that HAProxy refuses, or whose address cannot be bound, is held back, and the other listens are still applied in the same run.
 * @throws Problem when the current file cannot be read, or HAProxy cannot be queried; nothing has been changed in that case
 */
export async function reconcile(
  world: ReconcileWorld,
  input: ReconcileInput,
  last: LastReconciliation,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { haproxy, clock } = world;
  const { config } = input;
  let inspection = await haproxy.inspect(last.running, signal);
  let state = await checkedAgain(world, input, last.state, inspection, signal);
  const patched: string[] = [];
  for (let attempt = 1; ; attempt++) {
    const { currentFile, digest } = inspection;
    const previous = last.allocation ?? [];
    const desired = desiredFile({ ...input, ...heldBackBy(state), currentFile, runningDigest: digest, previous });
    const servers = serverNeedsOf(config, { inspection, state }, desired, clock.now());
    const decidedAt = clock.now();
    const wanted = nothingToServe(desired, config) ?? plan(planInputOf(input, { inspection, state }, desired, servers, decidedAt));
    state = { ...state, reloadWantedAt: wanted.kind === 'reload' ? (state.reloadWantedAt ?? decidedAt) : null };
    const decided = afterOtherVms(wanted, state, input.reloadDelay ?? 0, decidedAt);
    const tried: Attempt = { inspection, state, desired, plan: decided, decidedAt, patched };
    if (decided.kind === 'hold' || leavesFileBehind(tried, config, clock.now())) return whileHeld(world, input, tried, signal);
    if (decided.kind === 'keep' || input.dryRun) return untouched(tried, clock.now());

    const outcome = await carryOut(haproxy, { inspection, desired, plan: decided }, signal);
    if (outcome.kind === 'patched' || outcome.kind === 'outdated') patched.push(...decided.reasons);
    state = recordOutcome(tried, outcome, config, clock.now());
    const running = runningAfter(tried, outcome);
    if (attempt === maxAttempts || !isWorthAnotherAttempt(outcome, tried.state, state)) {
      const retryAt = retryAtOf(outcome, state, clock.now());
      return { ...tried, inspection: { ...inspection, ...running }, state, outcome, problem: problemOf(outcome), retryAt };
    }
    inspection = await haproxy.inspect(running, signal);
  }
}

/** The state with fresh checks: of binds when a reload may happen next, and of HAProxy's other files when files were read again. */
async function checkedAgain(
  { haproxy, clock }: ReconcileWorld,
  { config, checkOtherFiles }: ReconcileInput,
  last: ReconcileState,
  { currentFile, servers }: Inspection,
  signal: AbortSignal,
): Promise<ReconcileState> {
  const now = clock.now();
  const due = last.reloadedAt === null || last.reloadedAt + config.pace.reloadEvery <= now;
  const state = {
    ...last,
    ...(due && { unbindable: allBindable }),
    leaving: stillLeaving(last.leaving, servers?.listens ?? new Map()),
  };
  if (!checkOtherFiles || config.haproxy.with.length === 0 || currentFile === null) return state;
  const verdict = await haproxy.check(currentFile, signal);
  return verdict.ok ? state : withRefusal(state, reloadDigest(currentFile), [], verdict.problem);
}

/** The listens that are held back because HAProxy refused them or their addresses cannot be bound, and the transport that was chosen. */
function heldBackBy({ refusedListens, unbindable, tcp }: ReconcileState) {
  return { refusedListens: new Map([...refusedListens, ...unbindable.listens]), tcp };
}

/** The plan, delayed so that the VMs of one class, which see the same changes at the same time, do not all reload at once. */
function afterOtherVms(decided: Plan, { reloadWantedAt }: ReconcileState, delay: number, now: number): Plan {
  const retryAt = (reloadWantedAt ?? now) + delay;
  if (decided.kind !== 'reload' || retryAt <= now) return decided;
  return { kind: 'keep', reasons: ['other VMs of the class reload first'], retryAt };
}

/** Whether a reload has to wait for so long that the current file would become outdated, which is soon where its pods change at run time. */
function leavesFileBehind({ plan: { kind, ...decided }, inspection, desired }: Attempt, { pace }: Config, now: number): boolean {
  if (kind !== 'keep' || !('retryAt' in decided) || decided.retryAt === null) return false;
  const waits = inspection.servers !== null && inspection.servers.listens.size > 0 && inspection.digest !== reloadDigest(desired.text);
  return waits || decided.retryAt - now > pace.reloadEvery;
}

/** The plan where no listen can be served: nothing is written, because HAProxy refuses a file without a listener. */
function nothingToServe({ text, heldBack }: DesiredFile, { haproxy, listens }: Config): Plan | null {
  if (heldBack.size === 0 || haproxy.layout === 'fragment' || bindsIn(text).length > 0) return null;
  const problemOfAll = problem('dns.unusable', { count: heldBack.size, total: listens.length });
  return { kind: 'hold', reasons: ['no listen can be served yet'], problem: problemOfAll };
}

function untouched(given: Attempt, now: number): ReconcileResult {
  // HAProxy runs another file than those it refused.
  const isInstalled = given.plan.kind === 'keep' && given.inspection.currentFile === given.desired.text;
  const attempt = isInstalled ? { ...given, state: withoutRefusedFiles(given.state) } : given;
  const retryAt = attempt.plan.kind === 'keep' ? attempt.plan.retryAt : null;
  return { ...attempt, outcome: null, problem: null, retryAt: retryAt ?? bindsRetryAt(attempt.state, now) };
}
