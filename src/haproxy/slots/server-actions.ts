/** A server of a pod as HAProxy runs it. */
export interface RunningServer {
  readonly name: string;
  /** `address:port` */
  readonly address: string;
  /** `ready` takes new connections; `drain` and `maint` only keep those they have; in `maint` it can be removed once they have ended. */
  readonly state: 'ready' | 'drain' | 'maint';
}

/** The desired server of a pod. */
export interface WantedServer {
  readonly name: string;
  /** `address:port` */
  readonly address: string;
  readonly draining: boolean;
  /** Whether errors do not mark it down, should it be added. */
  readonly unobserved: boolean;
}

/** One change of one server at run time. */
export type ServerAction =
  | { readonly kind: 'add'; readonly server: string; readonly address: string; readonly unobserved: boolean }
  /** The server takes connections again. */
  | { readonly kind: 'ready'; readonly server: string }
  | { readonly kind: 'drain'; readonly server: string }
  /** The server gets no new connections, and is removed when it has none; `close` ends those it has. */
  | { readonly kind: 'remove'; readonly server: string; readonly address: string; readonly close: boolean };

/**
 * The actions that give HAProxy the desired servers, new ones first, so that it is never without any. A server matches a desired one
 * when both name and address do: `set server addr` is not used, because connections that are kept alive would
 * still lead to the previous pod of the server.
 *
 * @param closing the names of servers whose remaining connections are closed now
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
  for (const { name, address, draining, unobserved } of wanted) {
    const server = found.get(`${name} ${address}`);
    if (server === undefined) {
      // A draining pod that HAProxy does not know has no connections to keep.
      if (!draining) added.push({ kind: 'add', server: freeName(name, taken), address, unobserved });
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

/** The suffix of a second server, for a pod that returns under its name while connections to its predecessor last. Names of pods have no `_`. */
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
