import type { Config } from '../config/config.ts';
import type { Haproxy } from '../haproxy/process/haproxy.ts';
import { allocateServers, type CurrentSlots, type ListenAllocation } from '../haproxy/slots/allocate.ts';
import type { RunningServer } from '../haproxy/slots/server-actions.ts';
import { listenOfKey } from '../plan/listen-key.ts';
import { describeServerChanges, serverChanges, withoutRepeats } from '../plan/server-changes.ts';
import type { Observation } from '../source/observation.ts';
import type { Clock } from '../system/clock.ts';
import type { LastReconciliation } from './reconciliation.ts';
import { recordPatch, serversAfterPatch } from './record-outcome.ts';

/** The outcome of changing the pods of some listens. */
export interface ListensPatched {
  readonly last: LastReconciliation;
  /** The listens whose pods HAProxy has now. */
  readonly allocations: readonly ListenAllocation[];
  /** One sentence for each listen whose servers changed. */
  readonly changes: readonly string[];
  /** Whether HAProxy has the pods of these listens; if not, a reconciliation decides. */
  readonly done: boolean;
}

/** The outcome where nothing was done, and a reconciliation has to. */
export function notPatched(last: LastReconciliation): ListensPatched {
  return { last, allocations: [], changes: [], done: false };
}

/**
 * Changes the pods of some listens at run time, by what is known of HAProxy. Neither HAProxy nor the file is read first, so that a
 * pod gets traffic some milliseconds after it was observed. The file follows with the next reconciliation.
 */
export async function patchListens(
  { haproxy, clock }: { readonly haproxy: Haproxy; readonly clock: Clock },
  config: Config,
  observations: readonly Observation[],
  last: LastReconciliation,
  signal: AbortSignal,
): Promise<ListensPatched> {
  const { running, state } = last;
  const { servers } = running;
  if (running.state.kind !== 'running' || servers === null || servers.problem !== null) return notPatched(last);
  const refused = new Set([...state.refusedPatches.keys()].map(listenOfKey));
  const able = observations.filter(({ listen: { name } }) => servers.listens.has(name) && !refused.has(name));

  const names = new Map(able.map(({ listen: { name } }) => [name, currentNames(servers.listens.get(name)?.servers ?? [])]));
  const { leaving } = state;
  const comparison = { running: servers.listens, leaving, drain: config.pace.drain, now: clock.now() };
  const allocations = allocateServers(config, able, names, false);
  const changes = serverChanges(allocations, comparison);
  const all = able.length === observations.length;
  if (changes.size === 0) return { last, allocations, changes: [], done: all };
  const outcome = await haproxy.patch(changes, running.state, signal);
  const patched = outcome.kind === 'patched';
  return {
    last: {
      running: { ...running, servers: serversAfterPatch(servers, outcome) },
      // A refusal is recorded by the block of the listen, which only a reconciliation has: that one tries again, and records it.
      state: outcome.kind === 'unpatchable' ? state : recordPatch(state, outcome, () => '', clock.now()),
    },
    allocations: patched ? allocations : [],
    changes: patched ? describeServerChanges(withoutRepeats(changes, leaving)) : [],
    done: all && patched,
  };
}

/** The server names of the pods in HAProxy, which pods keep. */
function currentNames(servers: readonly RunningServer[]): CurrentSlots {
  return { count: 0, pods: new Map(), names: new Map(servers.map(({ name, address }) => [address, name])) };
}
