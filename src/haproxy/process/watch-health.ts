import type { HaproxyConfig } from '../../config/config.ts';
import { ownText } from '../../haproxy-syntax/own-text.ts';
import type { Clock } from '../../system/clock.ts';
import { type CommandSocket, commandSocket } from './command-socket.ts';
import { type BackendStats, type ProxyStats, parseProxyStats, type ServerStats } from './proxy-stats.ts';
import { sendCommand } from './runtime-api.ts';

/** The health of HAProxy's servers. */
export type Health =
  /** HAProxy cannot be asked, or does not answer. */
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known';
      /** The time of the reading, in milliseconds since 1970. */
      readonly at: number;
      readonly backends: ReadonlyMap<string, BackendHealth>;
    };

/** A backend with its servers by state. Those that are up are counted by HAProxy itself. */
export interface BackendHealth extends BackendStats {
  readonly down: number;
  readonly draining: number;
  readonly maintenance: number;
  readonly unresolved: number;
  /** The last result of the health check of a server that is down: `pod1: L4CON: Connection refused`; null where none is. */
  readonly lastCheck: string | null;
}

/** The least time between two readings, and between two readings of all servers. In milliseconds. */
const readEvery = 2_000;
const readAllEvery = 30_000;
/** Milliseconds before the next attempt after a failed reading. */
const retryAfter = 500;
/** The pause after a reading, as a multiple of its duration, so that it takes at most 1 % of the time: 1,000 listens have 0.4 MB of backends and 6 MB of servers. */
const share = 100;
/** The most backends whose servers are read one by one; where more have changed, all are read. */
const maxSelected = 32;
/** Milliseconds to wait for an answer. */
const timeout = 10_000;

const selectBackends = 'show stat -1 2 -1';
const selectServers = 'show stat -1 4 -1';

/**
 * Reads the health of all backends until the signal, and calls `report` after each reading. Servers are read where the
 * number of those that are up has changed, and all of them from time to time.
 */
export async function watchHealth(
  haproxy: Pick<HaproxyConfig, 'reload' | 'socket'>,
  report: (health: Health) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const socket = commandSocket(haproxy);
  if (socket === null) {
    report({ kind: 'unknown', why: 'neither haproxy.socket nor haproxy.reload.master is set' });
    return;
  }
  let before: ReadonlyMap<string, BackendHealth> = new Map();
  let readAllAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const began = clock.now();
    const rest = await readOnce(socket, began);
    await clock.sleep(rest, signal);
  }

  /**
   * Reads and reports once; returns for how many milliseconds to rest. In a function of its own: a loop that sleeps would keep the
   * replies in memory, 12 MB for 1,000 listens of 20 servers.
   */
  async function readOnce(from: CommandSocket, began: number): Promise<number> {
    const backends = await read(from, selectBackends, signal);
    const readFor = clock.now() - began;
    signal.throwIfAborted();
    if ('why' in backends) {
      before = new Map();
      readAllAt = Number.NEGATIVE_INFINITY;
      report({ kind: 'unknown', why: backends.why });
      return Math.max(retryAfter, share * readFor);
    }
    const changed = backends.backends.filter((one) => isChanged(before.get(one.name), one));
    const all = began >= readAllAt || changed.length > maxSelected;
    const select = all ? [selectServers] : changed.map(({ id }) => `show stat ${id} 4 -1`);
    const servers = select.length === 0 ? backends : await read(from, select.join(`;${from.prefix}`), signal);
    signal.throwIfAborted();
    if (all) readAllAt = clock.now() + Math.max(readAllEvery, share * (clock.now() - began));
    const found: ReadonlyMap<string, readonly ServerStats[]> = 'why' in servers ? new Map() : servers.servers;
    before = new Map(
      backends.backends.map((one) => {
        const servers = found.get(one.name);
        return [one.name, withStates(one, servers === undefined ? (before.get(one.name) ?? byState([])) : byState(servers))];
      }),
    );
    report({ kind: 'known', at: clock.now(), backends: before });
    return Math.max(readEvery, share * readFor);
  }
}

/** Reads the servers of one backend; null where HAProxy does not report them. */
export async function readBackendServers(
  haproxy: Pick<HaproxyConfig, 'reload' | 'socket'>,
  { id, name }: Pick<BackendStats, 'id' | 'name'>,
  signal: AbortSignal,
): Promise<readonly ServerStats[] | null> {
  const socket = commandSocket(haproxy);
  if (socket === null) return null;
  const found = await read(socket, `show stat ${id} 4 -1`, signal);
  return 'why' in found ? null : (found.servers.get(name) ?? null);
}

type ServerStates = Omit<BackendHealth, keyof BackendStats>;

/** One literal without a spread: each object with a spread and more behind it has a hidden class of its own in V8. */
function withStates(backend: BackendStats, states: ServerStates): BackendHealth {
  const { name, id, up, backupsUp, sessions, errors, changedBefore, outages } = backend;
  const { down, draining, maintenance, unresolved, lastCheck } = states;
  return { name, id, up, backupsUp, sessions, errors, changedBefore, outages, down, draining, maintenance, unresolved, lastCheck };
}

function byState(servers: readonly ServerStats[]): ServerStates {
  const count = (wanted: ServerStats['state']) => servers.filter(({ state }) => state === wanted).length;
  const failed = servers.find(({ state, check }) => state === 'down' && check !== null);
  return {
    down: count('down'),
    draining: count('draining'),
    maintenance: count('maintenance'),
    unresolved: count('unresolved'),
    lastCheck: failed === undefined ? null : ownText(`${failed.name}: ${failed.check}`),
  };
}

/** Whether servers of a backend may have changed. */
function isChanged(before: BackendStats | undefined, now: BackendStats): boolean {
  return before === undefined || before.up !== now.up || before.backupsUp !== now.backupsUp || before.outages !== now.outages;
}

async function read({ path, prefix }: CommandSocket, command: string, signal: AbortSignal): Promise<ProxyStats | { readonly why: string }> {
  const reply = await sendCommand(path, `${prefix}${command}`, timeout, signal);
  if (!reply.ok) return { why: `HAProxy does not answer on ${path}: ${reply.why}` };
  return parseProxyStats(reply.text) ?? { why: `${path} does not answer show stat as HAProxy does` };
}
