import type { Config } from '../config/config.ts';
import type { Haproxy } from '../haproxy/process/haproxy.ts';
import { releaseAt, spareSlots } from '../haproxy/slots/release.ts';
import { podsInFile } from '../plan/pods-in-file.ts';
import { Problem } from '../problem/problem.ts';
import { keptObservations } from '../source/losses.ts';
import { followedName } from '../source/observation.ts';
import { type LoopState, leavingEvery, restUntil } from './events.ts';
import { afterFollowingReload, listensToReload } from './following.ts';
import type { LoadedFiles } from './notice.ts';
import type { ReconcileInput, ReconcileResult } from './reconciliation.ts';
import { unknownConfig } from './record-outcome.ts';
import { reloadPlace } from './service-listens.ts';

/** The time between the reloads of two VMs of one class, in milliseconds. */
const betweenReloads = 1_000;

/** The pods in the file found at the start; none where it cannot be read, which the first reconciliation reports. */
export async function podsBefore(haproxy: Haproxy, config: Config, signal: AbortSignal): Promise<LoopState['unobserved']> {
  try {
    const { currentFile } = await haproxy.inspect(unknownConfig, signal);
    return currentFile === null ? new Map() : podsInFile(currentFile, config);
  } catch (error) {
    if (error instanceof Problem) return new Map();
    throw error;
  }
}

/** The input of a reconciliation: what is known of each listen, or what was known before most of them lost their pods together. */
export function reconcileInput(
  { render, version }: LoadedFiles,
  loop: LoopState,
  options: Pick<ReconcileInput, 'checkOtherFiles' | 'dryRun'>,
  now: number,
): ReconcileInput {
  const { config, lastKnown, losses, spareSlots: spare } = loop;
  const kept = keptObservations(losses);
  const observations = config.listens.flatMap(({ name }) => kept.get(name) ?? lastKnown.get(name)?.observation ?? []);
  const keepsLost = [...kept.values()].some((observation) => followedName(observation) !== null);
  const failing = new Map([...lastKnown].flatMap(([name, { failing }]) => (failing === null ? [] : [[name, failing.problem]])));
  const releaseSlots = (releaseAt(spare) ?? Number.POSITIVE_INFINITY) <= now;
  const { pace } = config;
  // HAProxy drops servers 30 s after NXDOMAIN (`hold nx`): the reload that prevents it cannot wait for longer than usual.
  const urgent = keepsLost ? { ...config, pace: { ...pace, reloadEvery: Math.min(pace.reloadEvery, 10_000) } } : config;
  const keepServiceListens = config.loadBalancer !== null && !loop.services.balancing.listed;
  const reloadDelay = keepsLost ? 0 : reloadPlace(loop) * betweenReloads;
  const notFollowing = listensToReload(loop.following, now);
  const known = { observations, failing, notFollowing, keepsLost, keepServiceListens };
  return { config: urgent, render, version, ...known, releaseSlots, reloadDelay, ...options };
}

/** The loop after a reconciliation that took from `began` to `ended`, in milliseconds since 1970. */
export function afterReconciliation(
  loop: LoopState,
  { releaseSlots, notFollowing }: Pick<ReconcileInput, 'releaseSlots' | 'notFollowing'>,
  result: ReconcileResult,
  began: number,
  ended: number,
): LoopState {
  const { outcome, desired, retryAt, state } = result;
  const leavingAt = state.leaving.size === 0 ? null : (loop.leavingAt ?? ended + leavingEvery);
  const reloaded = notFollowing.length > 0 && result.plan.kind === 'reload';
  const restsUntil = outcome === null ? restUntil(began, ended) : began;
  return {
    ...loop,
    ...(reloaded && { following: afterFollowingReload(loop.following, ended) }),
    restsUntil,
    retryAt,
    leavingAt,
    spareSlots: spareSlots(releaseSlots ? new Map() : loop.spareSlots, desired.allocation, ended),
  };
}
