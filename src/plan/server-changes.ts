import { type ListenActions, type RuntimeListens, runtimeListens } from '../haproxy/file/runtime-listens.ts';
import type { Allocation, ListenAllocation } from '../haproxy/slots/allocate.ts';
import { addsUnobserved } from '../haproxy/slots/only-pod.ts';
import { type ServerAction, serverActions, type WantedServer } from '../haproxy/slots/server-actions.ts';
import { hostPort } from '../ip/address.ts';
import { listenKeyIn } from './listen-key.ts';

/** Servers that get no new connections because their pods are gone, by listen and server, with the time in milliseconds since 1970. */
export type LeavingServers = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The input for comparing HAProxy's servers with the pods of an allocation. */
export interface ServerComparison {
  readonly running: RuntimeListens;
  readonly leaving: LeavingServers;
  /** The time for which connections of a server may last after its pod is gone, in milliseconds. */
  readonly drain: number;
  readonly now: number;
}

/** The changes that give HAProxy the pods of an allocation, for each listen that needs any. */
export function serverChanges(allocation: Allocation, comparison: ServerComparison): ListenActions {
  return new Map(
    allocation.flatMap((one) => {
      const { name } = one.listen;
      const listen = comparison.running.get(name);
      if (listen === undefined || one.records !== 'endpoints') return [];
      const actions = serverActions(wantedServers(one), listen.servers, overdue(name, comparison));
      return actions.length === 0 ? [] : [[name, { listen, actions }] as const];
    }),
  );
}

function wantedServers(allocation: ListenAllocation): readonly WantedServer[] {
  const unobserved = addsUnobserved(allocation);
  return allocation.pods.flatMap(({ name, target, draining }) =>
    target.kind === 'address' ? [{ name, address: hostPort(target.address.text, target.port), draining, unobserved }] : [],
  );
}

function overdue(listen: string, { leaving, drain, now }: ServerComparison): ReadonlySet<string> {
  const since = [...(leaving.get(listen) ?? [])];
  return new Set(since.filter(([, at]) => at + drain <= now).map(([server]) => server));
}

/** The changes without those that only repeat the removal of a leaving server with connections. */
export function withoutRepeats(changes: ListenActions, leaving: LeavingServers): ListenActions {
  const isRepeat = (listen: string, action: ServerAction) =>
    action.kind === 'remove' && !action.close && leaving.get(listen)?.has(action.server) === true;
  const news = [...changes].map(
    ([name, { listen, actions }]) => [name, { listen, actions: actions.filter((action) => !isRepeat(name, action)) }] as const,
  );
  return new Map(news.filter(([, { actions }]) => actions.length > 0));
}

/** The leaving servers after changes of some listens, which left some servers with connections. */
export function leavingServers(before: LeavingServers, seen: RuntimeListens, now: number): LeavingServers {
  return withLeft(before, seen, (listen, server) => before.get(listen)?.get(server) ?? now);
}

/** The leaving servers that HAProxy still has. One that another podfront left behind is none yet: its removal has to be tried first. */
export function stillLeaving(before: LeavingServers, seen: RuntimeListens): LeavingServers {
  return withLeft(before, seen, (listen, server) => before.get(listen)?.get(server) ?? null);
}

function withLeft(before: LeavingServers, seen: RuntimeListens, since: (listen: string, server: string) => number | null): LeavingServers {
  const after = new Map(before);
  for (const [listen, { servers }] of seen) {
    const left = servers.flatMap(({ name, state }) => {
      const at = state === 'maint' ? since(listen, name) : null;
      return at === null ? [] : [[name, at] as const];
    });
    if (left.length > 0) after.set(listen, new Map(left));
    else after.delete(listen);
  }
  return after;
}

/** The changes that HAProxy's servers need to match the pods of the desired file. */
export interface ServerNeeds {
  /** Changes that can be made at run time. */
  readonly changes: ListenActions;
  /** Listens whose pods differ and need a reload. */
  readonly byReload: readonly string[];
  /** Whether HAProxy's pods are not known. */
  readonly unknown: boolean;
}

/** The needs where HAProxy has all pods, or none are changed at run time. */
export const noServerNeeds: ServerNeeds = { changes: new Map(), byReload: [], unknown: false };

/**
 * Compares the pods that HAProxy has with those of the desired file.
 *
 * @param running HAProxy's pods; null where they are not known; `usable` is false where they cannot be changed at run time
 * @param refused the listens whose pods HAProxy refused to change at run time, by `listenKey`
 */
export function serverNeeds(
  { text, allocation }: { readonly text: string; readonly allocation: Allocation },
  running: { readonly listens: RuntimeListens; readonly usable: boolean } | null,
  refused: ReadonlyMap<string, unknown>,
  comparison: Omit<ServerComparison, 'running'>,
): ServerNeeds {
  if (running === null) return { ...noServerNeeds, unknown: runtimeListens(text).size > 0 };
  const changes = withoutRepeats(serverChanges(allocation, { ...comparison, running: running.listens }), comparison.leaving);
  const byReload = [...changes.keys()].filter((name) => !running.usable || (refused.size > 0 && refused.has(listenKeyIn(text, name))));
  return { changes: new Map([...changes].filter(([name]) => !byReload.includes(name))), byReload, unknown: false };
}

/** One sentence for each listen whose servers change. */
export function describeServerChanges(changes: ListenActions): readonly string[] {
  return [...changes].map(([listen, { actions }]) => {
    const counts = words.flatMap(([kind, word]) => {
      const count = actions.filter((action) => action.kind === kind).length;
      return count === 0 ? [] : [`${count} ${word}`];
    });
    return `listen ${listen}: ${counts.join(', ')}`;
  });
}

const words = [
  ['add', 'added'],
  ['ready', 'enabled'],
  ['drain', 'drained'],
  ['remove', 'removed'],
] as const;
