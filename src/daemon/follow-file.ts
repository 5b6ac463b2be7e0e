import { reloadDigest, rememberDigest } from '../haproxy/file/reload-digest.ts';
import type { Haproxy } from '../haproxy/process/haproxy.ts';
import type { ListenAllocation } from '../haproxy/slots/allocate.ts';
import { refreshPods } from '../plan/refresh-slots.ts';
import { Problem } from '../problem/problem.ts';
import type { Clock } from '../system/clock.ts';
import { refreshRequest } from './carry-out.ts';
import type { LastReconciliation } from './reconciliation.ts';

/**
 * Writes the pods of some listens, which HAProxy has already, into the current file. That is much cheaper than rendering 1,000 listens
 * anew. Null where the file is not the one that HAProxy was seen running, or cannot be written: the next reconciliation decides.
 */
export async function followFile(
  { haproxy, clock }: { readonly haproxy: Haproxy; readonly clock: Clock },
  allocations: readonly ListenAllocation[],
  last: LastReconciliation,
  signal: AbortSignal,
): Promise<{ readonly last: LastReconciliation; readonly text: string } | null> {
  try {
    const inspection = await haproxy.inspect(last.running, signal);
    const { currentFile, digest, servers } = inspection;
    if (currentFile === null || digest === null || servers !== last.running.servers || reloadDigest(currentFile) !== digest) return null;
    const text = refreshPods(currentFile, allocations);
    if (text === null) return null;
    // The digest does not include the lines of pods.
    rememberDigest(text, digest);
    const outcome = await haproxy.apply({ ...refreshRequest(inspection, { text, changes: noChanges }) }, inspection.state, signal);
    if (outcome.kind !== 'refreshed') return null;
    const { state } = last;
    const counts = { ...state.counts, refreshes: state.counts.refreshes + 1 };
    return { last: { ...last, running: inspection, state: { ...state, refreshedAt: clock.now(), counts } }, text };
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

const noChanges = { listens: [], otherSections: false };
