/** A server of a pod as HAProxy runs it. */
export interface RunningServer {
  readonly name: string;
  /** `address:port` */
  readonly address: string;
  /** `ready` takes new connections; `drain` keeps those it has; `maint` too, and may be removed once they are gone. */
  readonly state: 'ready' | 'drain' | 'maint';
}

/** The server of a pod as it should be. */
export interface WantedServer {
  readonly name: string;
  /** `address:port` */
  readonly address: string;
  readonly draining: boolean;
  /** It is the only one that takes connections: errors do not mark it down. */
  readonly only: boolean;
}

/** One change of one server at run time. */
export type ServerAction =
  | { readonly kind: 'add'; readonly server: string; readonly address: string; readonly only: boolean }
  /** It takes connections again. */
  | { readonly kind: 'ready'; readonly server: string }
  | { readonly kind: 'drain'; readonly server: string }
  /** It gets no new connections, and is removed when it has none; `close` ends those it has. */
  | { readonly kind: 'remove'; readonly server: string; readonly address: string; readonly close: boolean };

/**
 * What to do so that HAProxy has the servers that are wanted, new ones first, so that there is never none in between. A server is
 * that of a wanted pod when name and address are: `set server addr` is not used, because a connection that was kept alive would
 * lead to the pod that had the server before.
 *
 * @param closing names of servers whose connections have had their time
 */
export function serverActions(
  wanted: readonly WantedServer[],
  running: readonly RunningServer[],
  closing: ReadonlySet<string>,
): readonly ServerAction[] {
  const taken = new Set(running.map(({ name }) => name));
  const found = new Map(running.map((server) => [`${ownName(server.name)} ${server.address}`, server]));
  const kept = new Set<RunningServer>();
  const added: ServerAction[] = [];
  const changed: ServerAction[] = [];
  for (const { name, address, draining, only } of wanted) {
    const server = found.get(`${name} ${address}`);
    if (server === undefined) {
      // One that drains has no connections in a HAProxy that does not know it.
      if (!draining) added.push({ kind: 'add', server: freeName(name, taken), address, only });
      continue;
    }
    kept.add(server);
    const state = draining ? 'drain' : 'ready';
    if (server.state !== state) changed.push({ kind: state, server: server.name });
  }
  const removed = running
    .filter((server) => !kept.has(server))
    .map(({ name, address }): ServerAction => ({ kind: 'remove', server: name, address, close: closing.has(name) }));
  return [...added, ...changed, ...removed];
}

/** A pod may come back under its name while connections to its predecessor last: names of pods have no `_`. */
const second = /_\d+$/;

function ownName(server: string): string {
  return server.replace(second, '');
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`;
  taken.add(free);
  return free;
}
