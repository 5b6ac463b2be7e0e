import type { Config } from '../config/config.ts';
import type { Haproxy } from '../haproxy/process/haproxy.ts';
import { releaseAt } from '../haproxy/slots/release.ts';
import { podsInFile } from '../plan/pods-in-file.ts';
import { Problem } from '../problem/problem.ts';
import { keptObservations } from '../source/losses.ts';
import { followedName } from '../source/observation.ts';
import type { LoopState } from './events.ts';
import type { LoadedFiles } from './notice.ts';
import type { ReconcileInput } from './reconciliation.ts';
import { unknownConfig } from './record-outcome.ts';

/** The pods in the file that is found at the start; none where it cannot be read, which the first reconciliation reports. */
export async function podsBefore(haproxy: Haproxy, config: Config, signal: AbortSignal): Promise<LoopState['unobserved']> {
  try {
    const { currentFile } = await haproxy.inspect(unknownConfig, signal);
    return currentFile === null ? new Map() : podsInFile(currentFile, config);
  } catch (error) {
    if (error instanceof Problem) return new Map();
    throw error;
  }
}

/** The input of a reconciliation: what is known of each listen, or what was known before most of them lost their pods at once. */
export function reconcileInput(
  { config, render, version }: LoadedFiles,
  { lastKnown, losses, spareSlots: spare }: LoopState,
  options: Pick<ReconcileInput, 'checkOtherFiles' | 'dryRun'>,
  now: number,
): ReconcileInput {
  const kept = keptObservations(losses);
  const known = config.listens.flatMap(({ name }) => kept.get(name) ?? lastKnown.get(name)?.observation ?? []);
  const keepsLost = [...kept.values()].some((observation) => followedName(observation) !== null);
  const failing = new Map([...lastKnown].flatMap(([name, { failing }]) => (failing === null ? [] : [[name, failing.problem]])));
  const releaseSlots = (releaseAt(spare) ?? Number.POSITIVE_INFINITY) <= now;
  const { pace } = config;
  // HAProxy drops servers 30 s after NXDOMAIN (`hold nx`): the reload that prevents it cannot wait for longer than usual.
  const urgent = keepsLost ? { ...config, pace: { ...pace, reloadEvery: Math.min(pace.reloadEvery, 10_000) } } : config;
  return { config: urgent, render, version, observations: known, failing, keepsLost, releaseSlots: releaseSlots, ...options };
}
