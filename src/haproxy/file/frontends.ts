import type { Listen, ListenBind } from '../../config/config.ts';

/** A rule of a frontend: connections for a host name, or for every name below it, go to a listen. */
export interface HostRule {
  readonly host: string;
  /** Without the `*` of `*.example.org`, when every name below is meant. */
  readonly below: boolean;
  readonly listen: string;
}

/** The frontend of listens that share their addresses and differ in `hosts`: it accepts connections and passes them on by host name. */
export interface Frontend {
  readonly name: string;
  /** The listens behind it. */
  readonly listens: readonly string[];
  readonly mode: 'tcp' | 'http';
  readonly binds: readonly ListenBind[];
  /** The most specific first: exact names, then the longest suffix. */
  readonly routes: readonly HostRule[];
  /** The listen for every other name; null: there is none. */
  readonly fallback: string | null;
  /** The certificates at each address, in the order of the listens. */
  readonly crts: ReadonlyMap<string, readonly string[]>;
}

/** Groups the listens that share their addresses; a listen with `hosts` has a frontend even when it is alone. */
export function frontendsOf(listens: readonly Listen[]): readonly Frontend[] {
  if (!isShared(listens)) return [];
  const groups = new Map<string, Listen[]>();
  for (const listen of listens) {
    const key = keyOf(listen);
    groups.set(key, [...(groups.get(key) ?? []), listen]);
  }
  return [...groups.values()].filter((group) => group.some(({ hosts }) => hosts.length > 0)).flatMap(frontendOf);
}

/** Names of the listens behind a frontend, each of which is a `backend` in the file. */
export function sharedListens(listens: readonly Listen[]): ReadonlySet<string> {
  if (!isShared(listens)) return new Set();
  const keys = new Set(listens.filter(({ hosts }) => hosts.length > 0).map(keyOf));
  return new Set(listens.filter((listen) => keys.has(keyOf(listen))).map(({ name }) => name));
}

const isShared = (listens: readonly Listen[]): boolean => listens.some(({ hosts }) => hosts.length > 0);

/** Listens that share one address share all of them, or the configuration was refused. */
function keyOf({ binds }: Listen): string {
  return binds
    .map(({ text }) => text)
    .sort()
    .join(' ');
}

function frontendOf(group: readonly Listen[]): readonly Frontend[] {
  const [first] = group;
  if (first === undefined) return [];
  const routes = group.flatMap(({ name, hosts }) =>
    hosts.map((host): HostRule => ({ host: host.replace(/^\*/, ''), below: host.startsWith('*'), listen: name })),
  );
  const crts = new Map<string, string[]>();
  for (const { text, tls } of group.flatMap(({ binds }) => binds)) {
    const at = crts.get(text) ?? [];
    if (tls !== null && !at.includes(tls.crt)) at.push(tls.crt);
    crts.set(text, at);
  }
  return [
    {
      name: `_shared_${first.name}`,
      listens: group.map(({ name }) => name),
      mode: first.mode,
      binds: first.binds,
      routes: routes.sort((a, b) => Number(a.below) - Number(b.below) || (a.below ? b.host.length - a.host.length : 0)),
      fallback: group.find(({ hosts }) => hosts.length === 0)?.name ?? null,
      crts,
    },
  ];
}
