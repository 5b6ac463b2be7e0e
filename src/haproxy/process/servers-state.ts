import { sendCommand } from './runtime-api.ts';
import { readServerRows, runningServer } from './server-rows.ts';

/** One server of a backend of the running HAProxy. */
export interface ServerState {
  readonly name: string;
  /** Null while it has none. */
  readonly address: string | null;
  readonly port: number;
  /** Whether it is in use: running or starting, and not in maintenance. */
  readonly up: boolean;
  /** Whether new connections were taken from it: `drain` keeps those it has, and so does `maint`, until it is removed. */
  readonly admin: 'ready' | 'drain' | 'maint';
}

/** The servers of all of HAProxy's backends. */
export type ServersReading =
  | { readonly kind: 'known'; readonly backends: ReadonlyMap<string, readonly ServerState[]> }
  /** HAProxy cannot be asked, or gave no usable reply. */
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Bits of `srv_admin_state` (HAProxy's server-t.h) without a meaning for traffic: 0x40, the name of the server was set at run time,
 * which servers of SRV records have.
 */
const nameSetAtRunTime = 0x40;

/** Milliseconds to wait for an answer: 1,000 listens of 20 servers are 2.4 MB. */
const timeout = 5_000;

/**
 * Reads the servers of all backends with one command; level user suffices.
 *
 * @param prefix the prefix of the command: `@!PID ` over the master's socket
 */
export async function queryServers(socket: string, prefix: string, signal: AbortSignal): Promise<ServersReading> {
  const reply = await sendCommand(socket, `${prefix}show servers state`, timeout, signal);
  if (!reply.ok) return { kind: 'unknown', why: `${socket} gave no usable answer: ${reply.why}` };
  const backends = parseServersState(reply.text);
  if (backends === null) return { kind: 'unknown', why: `${socket} gave no usable answer: its level may be too low` };
  return { kind: 'known', backends };
}

/** Reads `show servers state`, by backend. Null when the text is something else. */
export function parseServersState(text: string): ReadonlyMap<string, readonly ServerState[]> | null {
  const rows = readServerRows(text);
  if (rows === null) return null;
  const backends = new Map<string, ServerState[]>();
  for (const row of rows) {
    const { backend, name, address, port, operation, admin } = row;
    const up = address !== null && (operation === 1 || operation === 2) && (admin & ~nameSetAtRunTime) === 0;
    const server: ServerState = { name, address, port, up, admin: runningServer(row).state };
    const servers = backends.get(backend);
    if (servers === undefined) backends.set(backend, [server]);
    else servers.push(server);
  }
  return backends;
}

/** The addresses, or `address:port`, that are missing in HAProxy's slots, and those that are surplus. */
export interface ServerDifference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** Compares the addresses in HAProxy's slots with the desired ones. */
export function compareSlotAddresses(
  servers: readonly ServerState[],
  wanted: readonly string[],
  textOf: (server: ServerState) => string,
): ServerDifference {
  const has = new Set(servers.flatMap((server) => (server.address === null ? [] : [textOf(server)])));
  const should = new Set(wanted);
  return { missing: wanted.filter((one) => !has.has(one)), surplus: [...has].filter((one) => !should.has(one)) };
}
