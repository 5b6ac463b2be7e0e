import type { HaproxyConfig } from '../../config/config.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Env } from '../../system/process.ts';
import { reloadDigest } from '../file/reload-digest.ts';
import type { RuntimeListens } from '../file/runtime-listens.ts';
import { type HaproxyState, inspect, isUnchanged, sameWorker } from './inspect.ts';
import { type Journal, unknownWorker } from './journal.ts';
import { startedAt } from './proc.ts';

/** HAProxy's servers in the listens whose pods are changed at run time. */
export interface RunningServers {
  readonly listens: RuntimeListens;
  /** The reason why they cannot be changed at run time; null where they can. */
  readonly problem: Problem | null;
}

/** The running HAProxy and its configuration. */
export interface RunningConfig {
  readonly state: HaproxyState;
  /** The reload digest of its file; null when that is not known. */
  readonly digest: string | null;
  /** Its servers of pods that are changed at run time; null when they are not known. */
  readonly servers: RunningServers | null;
}

/**
 * The record for a worker that runs an unknown file. Whether the current file was installed before its start is decided only once:
 * file times are of the wall clock, and after a step of that clock a reload that is still due could look needless.
 */
const anotherFile = 'another file';

/** Milliseconds by which a worker must be younger than the file: /proc gives the start of a process in steps of 10 ms. */
const startPrecision = 20;

/**
 * Finds the file that HAProxy runs: the one that this worker was last known to run, by this or an earlier daemon; else the current
 * file if it was installed before the worker started, because HAProxy reads its files at a start and at a reload.
 *
 * @param currentFile null when there is none
 * @param previous the result of the last inspection
 */
export async function findRunningConfig(
  haproxy: Pick<HaproxyConfig, 'reload' | 'socket' | 'binary'>,
  journal: Journal,
  currentFile: string | null,
  previous: RunningConfig,
  { env }: { readonly env: Env },
  signal: AbortSignal,
): Promise<Pick<RunningConfig, 'state' | 'digest'>> {
  const state = (await isUnchanged(previous.state)) ? previous.state : await inspect(haproxy, env, signal);
  if (state.kind === 'absent') {
    const alive = await journal.recordedWorker();
    if (alive === null) return { state, digest: null };
    return { state: { kind: 'unreachable', worker: alive, problem: state.problem }, digest: await journal.digestOf(alive) };
  }
  if (state.kind === 'unseen') return { state, digest: previous.digest ?? (await journal.digestOf(unknownWorker)) };
  const { worker } = state;
  if (previous.digest !== null && previous.state.kind === 'running' && sameWorker(previous.state.worker, worker))
    return { state, digest: previous.digest };

  const recorded = await journal.digestOf(worker);
  if (recorded === anotherFile) return { state, digest: null };
  const digest = recorded ?? (currentFile !== null && (await startedAfterInstall(journal, worker)) ? reloadDigest(currentFile) : null);
  if (recorded === null) await journal.record(worker, digest ?? anotherFile);
  // A change that an earlier daemon left unfinished is complete once HAProxy runs it.
  if (digest !== null && currentFile !== null && digest === reloadDigest(currentFile)) await journal.discardLastGood();
  return { state, digest };
}

async function startedAfterInstall(journal: Journal, worker: { readonly pid: number; readonly start: number }): Promise<boolean> {
  const installed = await journal.installedAt();
  return worker.start !== 0 && installed !== null && installed + startPrecision <= (await startedAt(worker));
}
