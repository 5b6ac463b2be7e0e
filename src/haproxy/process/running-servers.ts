import type { Config } from '../../config/config.ts';
import type { Problem } from '../../problem/problem.ts';
import { reloadDigest } from '../file/reload-digest.ts';
import { runtimeListens } from '../file/runtime-listens.ts';
import { sameWorker } from './inspect.ts';
import type { RunningConfig, RunningServers } from './running-config.ts';
import { accessProblem, runtimeAccess } from './runtime-access.ts';
import { readRunningServers } from './runtime-update.ts';

/**
 * HAProxy's servers of pods: read once from each worker, and then tracked through changes. Null where they are not
 * known, because HAProxy cannot be asked, or runs a file that no longer exists.
 *
 * @param running the result of this inspection
 * @param previous the result of the last inspection
 */
export async function findServers(
  { haproxy }: Config,
  currentFile: string | null,
  running: Pick<RunningConfig, 'state' | 'digest'>,
  previous: RunningConfig,
  signal: AbortSignal,
): Promise<RunningServers | null> {
  const { state, digest } = running;
  if (state.kind !== 'running' || digest === null) return null;
  const access = runtimeAccess(haproxy, state.worker);
  const same = previous.digest === digest && previous.state.kind === 'running' && sameWorker(previous.state.worker, state.worker);
  if (same && previous.servers !== null) {
    if (previous.servers.problem === null || access === null) return previous.servers;
    return { ...previous.servers, problem: await accessProblem(haproxy, access, signal) };
  }
  if (currentFile === null || digest !== reloadDigest(currentFile)) return null;
  const listens = runtimeListens(currentFile);
  if (listens.size === 0) return { listens, problem: null };
  if (access === null) return null;
  const found = await readRunningServers(access, listens, signal);
  return found.ok ? { listens: found.listens, problem: await accessProblem(haproxy, access, signal) } : null;
}

/** The servers of a file that HAProxy was seen to have read. */
export function serversOfFile(text: string, problem: Problem | null): RunningServers {
  return { listens: runtimeListens(text), problem };
}
