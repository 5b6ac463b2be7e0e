import { type ListenActions, type RuntimeListens, runtimeListens } from '../haproxy/file/runtime-listens.ts';
import type { Allocation, ListenAllocation } from '../haproxy/slots/allocate.ts';
import { onlyPod } from '../haproxy/slots/only-pod.ts';
import { type ServerAction, serverActions, type WantedServer } from '../haproxy/slots/server-actions.ts';
import { hostPort } from '../ip/address.ts';
import { listenKeyIn } from './listen-key.ts';

/** Since when servers have been without new connections because their pods left, in milliseconds since 1970, by listen and server. */
export type LeavingServers = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What a comparison of the pods that HAProxy has with those there are needs to know. */
export interface ServerComparison {
  readonly running: RuntimeListens;
  readonly leaving: LeavingServers;
  /** How long the connections of a server may last after its pod left, in milliseconds. */
  readonly drain: number;
  readonly now: number;
}

/** The changes that give HAProxy the pods of an allocation, for each listen that needs some. */
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
  const only = onlyPod(allocation);
  return allocation.pods.flatMap(({ name, target, draining }) =>
    target.kind === 'address' ? [{ name, address: hostPort(target.address.text, target.port), draining, only: name === only }] : [],
  );
}

function overdue(listen: string, { leaving, drain, now }: ServerComparison): ReadonlySet<string> {
  const since = [...(leaving.get(listen) ?? [])];
  return new Set(since.filter(([, at]) => at + drain <= now).map(([server]) => server));
}

/** The changes without those that only look again whether a server that left has connections. */
export function withoutRepeats(changes: ListenActions): ListenActions {
  const news = [...changes].map(([name, { listen, actions }]) => {
    const left = new Set(listen.servers.filter(({ state }) => state === 'maint').map(({ name }) => name));
    return [name, { listen, actions: actions.filter((action) => !isRepeat(action, left)) }] as const;
  });
  return new Map(news.filter(([, { actions }]) => actions.length > 0));
}

function isRepeat(action: ServerAction, left: ReadonlySet<string>): boolean {
  return action.kind === 'remove' && !action.close && left.has(action.server);
}

/** The servers that are without new connections and not gone, after some listens were seen anew. */
export function leavingServers(before: LeavingServers, seen: RuntimeListens, now: number): LeavingServers {
  const after = new Map(before);
  for (const [listen, { servers }] of seen) {
    const left = servers.filter(({ state }) => state === 'maint').map(({ name }) => [name, before.get(listen)?.get(name) ?? now] as const);
    if (left.length > 0) after.set(listen, new Map(left));
    else after.delete(listen);
  }
  return after;
}

/** What the pods that HAProxy has need, so that they are those there are. */
export interface ServerNeeds {
  /** Changes that can be made at run time. */
  readonly changes: ListenActions;
  /** Listens whose pods differ, which takes a reload. */
  readonly byReload: readonly string[];
  /** Whether it is not known which pods HAProxy has. */
  readonly unknown: boolean;
}

/** HAProxy has the pods there are, or needs nothing at run time. */
export const noServerNeeds: ServerNeeds = { changes: new Map(), byReload: [], unknown: false };

/**
 * Compares the pods that HAProxy has with those of the desired file.
 *
 * @param running null where it is not known which pods HAProxy has; `usable` is false where they cannot be changed at run time
 * @param refused listens whose pods HAProxy did not change at run time, by `listenKey`
 */
export function serverNeeds(
  { text, allocation }: { readonly text: string; readonly allocation: Allocation },
  running: { readonly listens: RuntimeListens; readonly usable: boolean } | null,
  refused: ReadonlyMap<string, unknown>,
  comparison: Omit<ServerComparison, 'running'>,
): ServerNeeds {
  if (running === null) return { ...noServerNeeds, unknown: runtimeListens(text).size > 0 };
  const changes = withoutRepeats(serverChanges(allocation, { ...comparison, running: running.listens }));
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
