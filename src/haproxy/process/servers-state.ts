import { sendCommand } from './runtime-api.ts';

/** One server of a backend of the running HAProxy. */
export interface ServerState {
  readonly name: string;
  /** Null while it has none. */
  readonly address: string | null;
  readonly port: number;
  /** Whether it is in use: running or starting, and not in maintenance. */
  readonly up: boolean;
}

/** What HAProxy says about the servers of all its backends. */
export type ServersReading =
  | { readonly kind: 'known'; readonly backends: ReadonlyMap<string, readonly ServerState[]> }
  /** There is no way to ask, or no usable answer. */
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Bits of `srv_admin_state` (HAProxy's server-t.h) that say nothing about traffic: 0x40, the name of the server was set at run time,
 * which servers of SRV records have.
 */
const nameSetAtRunTime = 0x40;

/** Milliseconds to wait for an answer: 1,000 listens of 20 servers are 2.4 MB. */
const timeout = 5_000;

/**
 * Asks for the servers of all backends by one command; level user suffices.
 *
 * @param prefix what stands before the command: `@!PID ` over the master's socket
 */
export async function queryServers(socket: string, prefix: string, signal: AbortSignal): Promise<ServersReading> {
  const reply = await sendCommand(socket, `${prefix}show servers state`, timeout, signal);
  if (!reply.ok) return { kind: 'unknown', why: `${socket} gave no usable answer: ${reply.why}` };
  const backends = parseServersState(reply.text);
  if (backends === null) return { kind: 'unknown', why: `${socket} gave no usable answer: its level may be too low` };
  return { kind: 'known', backends };
}

/** Reads `show servers state` (HAProxy management guide 9.3, format version 1), by backend. Null when the text is something else. */
export function parseServersState(text: string): ReadonlyMap<string, readonly ServerState[]> | null {
  if (!text.startsWith('1\n# be_id')) return null;
  const backends = new Map<string, ServerState[]>();
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const [id = '', backend = '', , name = '', address = '-', operation = '0', admin = '0'] = fields;
    if (!/^\d+$/.test(id)) continue;
    const none = address === '-' || address === '0.0.0.0' || address === '::';
    const up = (operation === '2' || operation === '1') && (Number(admin) & ~nameSetAtRunTime) === 0;
    const server = { name, address: none ? null : address, port: Number(fields[18] ?? 0), up: up && !none };
    const servers = backends.get(backend);
    if (servers === undefined) backends.set(backend, [server]);
    else servers.push(server);
  }
  return backends;
}

/** The addresses, or `address:port`, that HAProxy's slots lack, and those they have in excess. */
export interface ServerDifference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** Compares the addresses in HAProxy's slots with the desired ones. */
export function compareServers(
  servers: readonly ServerState[],
  wanted: readonly string[],
  textOf: (server: ServerState) => string,
): ServerDifference {
  const has = new Set(servers.flatMap((server) => (server.address === null ? [] : [textOf(server)])));
  const should = new Set(wanted);
  return { missing: wanted.filter((one) => !has.has(one)), surplus: [...has].filter((one) => !should.has(one)) };
}
