import type { HaproxyConfig } from '../../config/config.ts';
import type { Problem } from '../../problem/problem.ts';
import { reloadDigest } from '../file/reload-digest.ts';
import type { RuntimeListens } from '../file/runtime-listens.ts';
import { type Env, type HaproxyState, inspect, isUnchanged, sameWorker } from './inspect.ts';
import { type Journal, unknownWorker } from './journal.ts';
import { startedAt } from './proc.ts';

/** The pods that HAProxy has, in the listens whose pods come and go at run time. */
export interface RunningServers {
  readonly listens: RuntimeListens;
  /** Why they cannot be changed at run time; null where they can. */
  readonly problem: Problem | null;
}

/** The running HAProxy, and what it runs. */
export interface RunningConfig {
  readonly state: HaproxyState;
  /** The reload digest of its file; null when that is not known. */
  readonly digest: string | null;
  /** Its pods, where they come and go at run time; null when that is not known. */
  readonly servers: RunningServers | null;
}

/**
 * Recorded of a worker that runs a file nobody knows. Whether the current file was installed before it started is decided once:
 * the time of a file is of the wall clock, and a step of that would make a reload look needless that is still owed.
 */
const anotherFile = 'another file';

/** Milliseconds by which a worker has to be younger than the file: /proc counts the start of a process in steps of 10 ms. */
const startPrecision = 20;

/**
 * Finds which file HAProxy runs: the one that this worker was last known to run, to us or to an earlier daemon; else the current
 * file, when it was installed before the worker started, because HAProxy reads its files when it starts and when it reloads.
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
  // A change that an earlier daemon did not finish is finished when HAProxy runs it.
  if (digest !== null && currentFile !== null && digest === reloadDigest(currentFile)) await journal.discardLastGood();
  return { state, digest };
}

async function startedAfterInstall(journal: Journal, worker: { readonly pid: number; readonly start: number }): Promise<boolean> {
  const installed = await journal.installedAt();
  return worker.start !== 0 && installed !== null && installed + startPrecision <= (await startedAt(worker));
}
