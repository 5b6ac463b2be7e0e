import { reloadDigest, rememberDigest } from '../haproxy/file/reload-digest.ts';
import type { Haproxy } from '../haproxy/process/haproxy.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import { refreshPods } from '../plan/refresh-slots.ts';
import { Problem } from '../problem/problem.ts';
import { refreshRequest } from './carry-out.ts';
import type { OutputGuard } from './output-guard.ts';
import type { LastReconciliation } from './reconciliation.ts';

/** Lets the file follow what was changed at run time, one writing after the other. */
export interface FileFollower {
  /** Starts to write the pods of these listens, which HAProxy has already, into the current file. Rejects with what is no Problem. */
  readonly start: (
    haproxy: Haproxy,
    allocations: readonly ListenAllocation[],
    last: LastReconciliation,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Resolves when nothing is being written. Never rejects. */
  readonly idle: () => Promise<void>;
}

/**
 * Opens a follower. Writing goes on beside the loop of the daemon: a file of 1,000 listens takes 10 to 30 ms to reach the disk, and a pod
 * that comes or leaves must not wait for it.
 *
 * @param ended called after each writing: false where the file is not the one that HAProxy was seen running, or cannot be written
 */
export function openFileFollower(guard: OutputGuard, ended: (isWritten: boolean) => void): FileFollower {
  let writing: Promise<void> = Promise.resolve();
  return {
    start(haproxy, allocations, last, signal) {
      const work = () => writePods(haproxy, allocations, last, signal);
      const started = guard.during(haproxy, work, (text) => text).then((text) => ended(text !== null));
      writing = started.catch(() => {});
      return started;
    },
    idle: () => writing,
  };
}

/** What is known after the file was written, of which nothing else has to be looked at. */
export function afterFollowing(last: LastReconciliation, now: number): LastReconciliation {
  const { state } = last;
  return { ...last, state: { ...state, refreshedAt: now, counts: { ...state.counts, refreshes: state.counts.refreshes + 1 } } };
}

/** The text that was written; null where it could not be. That is much cheaper than rendering 1,000 listens anew. */
async function writePods(
  haproxy: Haproxy,
  allocations: readonly ListenAllocation[],
  last: LastReconciliation,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const inspection = await haproxy.inspect(last.running, signal);
    const { currentFile, digest, servers } = inspection;
    if (currentFile === null || digest === null || servers !== last.running.servers || reloadDigest(currentFile) !== digest) return null;
    const text = refreshPods(currentFile, allocations);
    if (text === null) return null;
    // The digest does not include the lines of pods.
    rememberDigest(text, digest);
    const outcome = await haproxy.apply({ ...refreshRequest(inspection, { text, changes: noChanges }) }, inspection.state, signal);
    return outcome.kind === 'refreshed' ? text : null;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

const noChanges = { listens: [], otherSections: false };
