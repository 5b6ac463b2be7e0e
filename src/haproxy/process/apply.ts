import type { Config } from '../../config/config.ts';
import { type Problem, problem, problemWith } from '../../problem/problem.ts';
import type { Clock } from '../../system/clock.ts';
import type { Env, HaproxyTimeouts } from '../../system/process.ts';
import type { CandidateFile } from '../../system/write-file.ts';
import type { Alert } from '../file/check-alerts.ts';
import { reloadDigest } from '../file/reload-digest.ts';
import { type CheckResult, checkFile } from './check.ts';
import { type HaproxyState, inspect } from './inspect.ts';
import { commitCandidate, unwritable, writeCandidateOf } from './install.ts';
import { type Journal, unknownWorker } from './journal.ts';
import type { Process } from './proc.ts';
import { type ReloadRequested, requestReload, type SendSignal } from './request-reload.ts';
import { type ExpectedServers, type ReloadResult, verifyReload } from './verify-reload.ts';

/** One change of HAProxy's file. */
export interface ApplyRequest {
  readonly text: string;
  /** False when the current file has this text already, and only a reload is due. */
  readonly write: boolean;
  /** Whether HAProxy must accept it first; not needed where it differs from an accepted file only in the addresses of pods. */
  readonly check: boolean;
  readonly reload: boolean;
  /** Whether HAProxy may run the current file, of which a copy is then saved until the change has succeeded. */
  readonly saveLastGood: boolean;
  /** The servers that a worker has once it has read the new file. */
  readonly expected: readonly ExpectedServers[];
}

/** The dependencies of a change. */
export interface ApplyTools {
  /** Called with the warnings of `haproxy -c` about each file that it accepted. */
  readonly onWarnings: (warnings: readonly Alert[]) => void;
  readonly config: Config;
  readonly journal: Journal;
  readonly env: Env;
  readonly clock: Clock;
  readonly kill: SendSignal;
  readonly timeouts: HaproxyTimeouts;
}

/** The outcome of one change. */
export type ApplyOutcome =
  /** The file is in place; no reload was asked for. */
  | { readonly kind: 'refreshed' }
  /** HAProxy was seen running it. */
  | { readonly kind: 'running'; readonly worker: Process }
  /** The file is in place, but HAProxy is not running: the reload is still due. */
  | { readonly kind: 'owed'; readonly problem: Problem }
  /** The reload was requested, but its result cannot be seen. */
  | { readonly kind: 'unverified'; readonly problem: Problem }
  /** `haproxy -c` refused the file: nothing was changed. */
  | { readonly kind: 'refused'; readonly verdict: CheckResult & { ok: false } }
  /** The reload failed, and the last good file was restored, where there was one. `lines` are HAProxy's messages. */
  | { readonly kind: 'failed'; readonly problem: Problem; readonly lines: readonly string[]; readonly worker: Process | null };

/**
 * Milliseconds between installing a file and the reload. If podfront is killed before it records what the new worker runs,
 * the start time of that worker shows it (see running-config.ts); from HAProxy 3.1 on a worker starts right after the request.
 */
const startDelay = 40;

/**
 * Checks, installs, reloads and verifies, or restores. At any instant the file is one that HAProxy accepted.
 *
 * @param state the HAProxy that was found by the last inspection
 * @throws Problem `apply.unwritable`, `apply.owner`, `haproxy.missing`, `haproxy.timeout`, `haproxy.check-ended`: then nothing
 *   was changed, or the failed file is still in place because the last good one could not be restored
 */
export async function apply(tools: ApplyTools, request: ApplyRequest, state: HaproxyState, signal: AbortSignal): Promise<ApplyOutcome> {
  const { clock } = tools;
  let readingTime = 0;
  if (request.write) {
    const candidate = await writeCandidateOf(tools.config.haproxy.output, request.text);
    const started = clock.now();
    const verdict = request.check ? await checkCandidate(tools, candidate, request.text, signal) : accepted;
    readingTime = clock.now() - started;
    if (!verdict.ok) {
      await candidate.discard();
      return { kind: 'refused', verdict };
    }
    if (request.check) tools.onWarnings(verdict.warnings);
    await install(tools, candidate, request);
  }
  if (!request.reload) return { kind: 'refreshed' };
  if (request.write) await clock.sleep(startDelay, signal);
  return reload(tools, request, state, readingTime, signal);
}

const accepted: CheckResult = { ok: true, warnings: [] };

async function reload(
  tools: ApplyTools,
  { text, expected }: ApplyRequest,
  state: HaproxyState,
  readingTime: number,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  const { journal } = tools;
  const requested = await requestReload(tools.config.haproxy, state, tools, signal);
  if (requested.kind === 'absent') return { kind: 'owed', problem: requested.problem };
  const result = await verify(tools, requested, state, expected, readingTime, signal);
  switch (result.kind) {
    case 'running':
      await journal.record(result.worker, reloadDigest(text));
      await journal.discardLastGood();
      return result;
    case 'unverified':
      await journal.record(unknownWorker, reloadDigest(text));
      await journal.discardLastGood();
      return { kind: 'unverified', problem: problem('reload.unseen') };
    case 'failed':
      return restore(tools, failureOf(result.why, requested), readingTime, signal);
    default:
      return result satisfies never;
  }
}

/** The verdict on the candidate, which is removed when there is none. */
async function checkCandidate(
  { config, env, timeouts }: ApplyTools,
  candidate: CandidateFile,
  text: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return await checkFile(config, { file: candidate.file, text, replaces: candidate.replaces }, env, signal, timeouts.check);
  } catch (error) {
    await candidate.discard();
    throw error;
  }
}

async function install({ config, journal }: ApplyTools, candidate: CandidateFile, { saveLastGood, reload }: ApplyRequest): Promise<void> {
  const { output } = config.haproxy;
  if (saveLastGood && reload) {
    try {
      await journal.saveLastGood();
    } catch (error) {
      await candidate.discard();
      throw unwritable(output, error);
    }
  }
  await commitCandidate(output, candidate);
}

async function verify(
  { config, env, clock, timeouts }: ApplyTools,
  requested: Exclude<ReloadRequested, { kind: 'absent' }>,
  state: HaproxyState,
  expected: readonly ExpectedServers[],
  readingTime: number,
  signal: AbortSignal,
): Promise<ReloadResult> {
  if (requested.kind === 'rejected') return { kind: 'failed', why: requested.why };
  return verifyReload({ haproxy: config.haproxy, env, clock, readingTime, timeout: timeouts.verify }, state, expected, signal);
}

/** The reason why a reload failed; `lines` are messages of HAProxy or systemd. */
interface ReloadFailure {
  readonly why: string;
  /** A remedy to show first; empty, or ends with "; ". */
  readonly hint: string;
  readonly lines: readonly string[];
}

function failureOf(why: string, requested: ReloadRequested): ReloadFailure {
  if (requested.kind !== 'rejected') return { why, hint: '', lines: [] };
  return { why, hint: requested.hint === undefined ? '' : `${requested.hint}; `, lines: requested.lines };
}

/** Puts the last good file back and waits until HAProxy runs it. */
async function restore(
  tools: ApplyTools,
  { why, hint, lines }: ReloadFailure,
  readingTime: number,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  const { config, journal, clock } = tools;
  const good = await journal.lastGood();
  if (good === null) {
    const restored = `${hint}there was no good file before it; mend the cause and send SIGHUP`;
    return { kind: 'failed', problem: problemWith({ lines }, 'reload.failed', { why, restored }), lines, worker: null };
  }
  await journal.restoreLastGood().catch((error: unknown) => {
    throw unwritable(config.haproxy.output, error);
  });
  await clock.sleep(startDelay, signal);
  const state = await inspectSettled(tools, signal);
  const requested = await requestReload(config.haproxy, state, tools, signal);
  const result: ReloadResult =
    requested.kind === 'absent'
      ? { kind: 'failed', why: requested.problem.message }
      : await verify(tools, requested, state, [], readingTime, signal);
  const worker =
    result.kind === 'running' ? result.worker : result.kind === 'failed' ? await workerOf(tools, reloadDigest(good), signal) : null;
  if (result.kind === 'failed' && worker === null) {
    const parts = [problem('reload.not-restored', { why: result.why })];
    const restored = `${hint}the last good file is back, see above`;
    return { kind: 'failed', problem: problemWith({ lines, parts }, 'reload.failed', { why, restored }), lines, worker };
  }
  if (worker !== null) await journal.record(worker, reloadDigest(good));
  const runs = worker === null ? '' : ', and HAProxy runs it';
  const restored = `${hint}the last good file is back${runs}; this one is not tried again before it changes or SIGHUP comes`;
  return { kind: 'failed', problem: problemWith({ lines }, 'reload.failed', { why, restored }), lines, worker };
}

/** The worker if it is known to run the file of this digest, whatever the outcome of reloads; else null. */
async function workerOf({ config, env, journal }: ApplyTools, digest: string, signal: AbortSignal): Promise<Process | null> {
  const state = await inspect(config.haproxy, env, signal);
  return state.kind === 'running' && (await journal.digestOf(state.worker)) === digest ? state.worker : null;
}

/** Inspects until HAProxy is found, for at most two seconds: after a failed reload the master may be re-executing itself. */
async function inspectSettled({ config, env, clock }: ApplyTools, signal: AbortSignal): Promise<HaproxyState> {
  for (const deadline = clock.now() + 2_000; ; ) {
    const state = await inspect(config.haproxy, env, signal);
    if (state.kind !== 'absent' || clock.now() >= deadline) return state;
    await clock.sleep(50, signal);
  }
}
