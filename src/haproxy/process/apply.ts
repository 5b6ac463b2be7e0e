import type { Config } from '../../config/config.ts';
import { withoutSecrets } from '../../haproxy-syntax/secrets.ts';
import { type Problem, problem, problemWith } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import type { HaproxyTimeouts } from '../../system/process.ts';
import type { Staged } from '../../system/write-file.ts';
import { reloadDigest } from '../file/reload-digest.ts';
import { type Candidate, type CheckResult, checkFile } from './check.ts';
import { type Env, type HaproxyState, inspect } from './inspect.ts';
import { committing, staging, unwritable } from './install.ts';
import { type Journal, unknownWorker } from './journal.ts';
import type { Process } from './proc.ts';
import { type ReloadRequested, requestReload, type SendSignal } from './request-reload.ts';
import { type ExpectedServers, type ReloadResult, verifyReload } from './verify-reload.ts';

/** One change to HAProxy. */
export interface ApplyRequest {
  readonly text: string;
  /** False when the file on disk is this text already, and only the reload is owed. */
  readonly write: boolean;
  readonly reload: boolean;
  /** Whether the file that is may be what HAProxy runs, and so is to come back should this change fail. */
  readonly keepLastGood: boolean;
  readonly expected: readonly ExpectedServers[];
}

export interface Tools {
  readonly config: Config;
  readonly journal: Journal;
  readonly env: Env;
  readonly clock: Clock;
  readonly kill: SendSignal;
  readonly limits: HaproxyTimeouts;
}

/** How a change ended. */
export type ApplyOutcome =
  /** The file is in place; no reload was wanted. */
  | { readonly kind: 'written' }
  /** HAProxy was seen running it. */
  | { readonly kind: 'running'; readonly worker: Process }
  /** It is in place, and HAProxy is not there: the reload is owed. */
  | { readonly kind: 'owed'; readonly problem: Problem }
  /** The reload was asked for, and nothing shows what came of it. */
  | { readonly kind: 'unseen'; readonly problem: Problem }
  /** `haproxy -c` refused it: nothing was touched. */
  | { readonly kind: 'refused'; readonly verdict: CheckResult & { ok: false } }
  /** The reload failed; the last good file is back, where there was one. `lines` are HAProxy's own. */
  | { readonly kind: 'failed'; readonly problem: Problem; readonly lines: readonly string[]; readonly worker: Process | null };

/**
 * Milliseconds between the new file and the reload: should podfront be killed before it could note what the new worker runs, its
 * start tells (see recognise.ts). From HAProxy 3.1 on workers start before they read the file, so within a moment of being told.
 */
const apart = 40;

/**
 * Check, install, reload, verify; or restore. The file on disk is at any instant one that HAProxy accepted.
 * @throws Problem `apply.unwritable`, `apply.owner`, `haproxy.missing`, `haproxy.timeout`: then nothing was touched, or the failed file
 *   is still in place because the good one could not be put back
 */
export async function apply(tools: Tools, change: ApplyRequest, seen: HaproxyState, signal: AbortSignal): Promise<ApplyOutcome> {
  const { config, clock, journal } = tools;
  let reading = 0;
  if (change.write) {
    const staged = await staging(config.haproxy.output, change.text);
    const began = clock.now();
    const verdict = await judged(tools, staged, change.text, signal);
    reading = clock.now() - began;
    if (!verdict.ok) {
      await staged.discard();
      return { kind: 'refused', verdict };
    }
    await installed(tools, staged, change);
    if (change.reload) await clock.sleep(apart, signal);
  }
  if (!change.reload) return { kind: 'written' };

  const told = await requestReload(config.haproxy.reload, seen, tools, signal);
  if (told.kind === 'absent') return { kind: 'owed', problem: told.problem };
  const sight = { haproxy: config.haproxy, env: tools.env, clock, reading, patience: tools.limits.verify };
  const outcome: ReloadResult =
    told.kind === 'refused' ? { kind: 'failed', why: told.why } : await verifyReload(sight, seen, change.expected, signal);
  switch (outcome.kind) {
    case 'running':
      await journal.record(outcome.worker, reloadDigest(change.text));
      await journal.discardLastGood();
      return outcome;
    case 'unseen':
      await journal.record(unknownWorker, reloadDigest(change.text));
      await journal.discardLastGood();
      return { kind: 'unseen', problem: problem('reload.unseen') };
    case 'failed':
      return restored(tools, setbackOf(outcome.why, told), reading, signal);
    default:
      return outcome satisfies never;
  }
}

/** The verdict on the staged file, which is removed when there is none. */
async function judged({ config, env, limits }: Tools, staged: Staged, text: string, signal: AbortSignal): Promise<CheckResult> {
  const candidate: Candidate = { file: staged.file, text, target: staged.target };
  try {
    return await checkFile(config, candidate, env, signal, limits.check);
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

async function installed({ config, journal }: Tools, staged: Staged, { keepLastGood, reload }: ApplyRequest): Promise<void> {
  const { output } = config.haproxy;
  if (keepLastGood && reload) {
    try {
      await journal.keepLastGood();
    } catch (error) {
      await staged.discard();
      throw unwritable(output, error);
    }
  }
  await committing(output, staged);
}

/** Why a change failed. `first` is what to do, to be said before what was done; lines are HAProxy's or systemd's own. */
interface Setback {
  readonly why: string;
  readonly first: string;
  readonly lines: readonly string[];
}

function setbackOf(why: string, told: ReloadRequested): Setback {
  if (told.kind !== 'refused') return { why, first: '', lines: [] };
  return { why, first: told.remedy === undefined ? '' : `${told.remedy}; `, lines: told.lines.map(withoutSecrets) };
}

/** Puts the last good file back and sees HAProxy run it. */
async function restored(tools: Tools, { why, first, lines }: Setback, reading: number, signal: AbortSignal): Promise<ApplyOutcome> {
  const { config, journal, env, clock, limits } = tools;
  const good = await journal.lastGood();
  if (good === null) {
    const failed = problemWith({ lines }, 'reload.failed', {
      why,
      restored: `${first}there was no good file before it; mend the cause and send SIGHUP`,
    });
    return { kind: 'failed', problem: failed, lines, worker: null };
  }
  await journal.restoreLastGood().catch((error: unknown) => {
    throw unwritable(config.haproxy.output, error);
  });
  await clock.sleep(apart, signal);
  // An old worker may still be leaving, and the master may still be executing itself anew.
  const seen = await settledLook(tools, signal);
  const told = await requestReload(config.haproxy.reload, seen, tools, signal);
  const sight = { haproxy: config.haproxy, env, clock, reading, patience: limits.verify };
  const again: ReloadResult =
    told.kind === 'told'
      ? await verifyReload(sight, seen, [], signal)
      : { kind: 'failed', why: told.kind === 'absent' ? told.problem.message : told.why };
  const kept = again.kind === 'failed' ? await stillRunning(tools, reloadDigest(good), signal) : null;
  if (again.kind === 'failed' && kept === null) {
    const parts = [problem('reload.not-restored', { why: again.why })];
    const failed = problemWith({ lines, parts }, 'reload.failed', { why, restored: `${first}the last good file is back, see above` });
    return { kind: 'failed', problem: failed, lines, worker: null };
  }
  const worker = again.kind === 'running' ? again.worker : kept;
  if (worker !== null) await journal.record(worker, reloadDigest(good));
  const failed = problemWith({ lines }, 'reload.failed', {
    why,
    restored: `${first}the last good file is back${worker === null ? '' : ', and HAProxy runs it'}; this one is not tried again before it changes or SIGHUP comes`,
  });
  return { kind: 'failed', problem: failed, lines, worker };
}

/** The worker that is there, where it was seen running this shape before: it goes on, whatever became of the reloads. */
async function stillRunning({ config, env, journal }: Tools, shape: string, signal: AbortSignal): Promise<Process | null> {
  const seen = await inspect(config.haproxy, env, signal);
  return seen.kind === 'running' && (await journal.digestOf(seen.worker)) === shape ? seen.worker : null;
}

async function settledLook({ config, env, clock }: Tools, signal: AbortSignal): Promise<HaproxyState> {
  for (const until = clock.now() + 2_000; ; ) {
    const seen = await inspect(config.haproxy, env, signal);
    if (seen.kind !== 'absent' || clock.now() >= until) return seen;
    await clock.sleep(50, signal);
  }
}
