/** One server of a backend of the running HAProxy. */
export interface ServerState {
  readonly name: string;
  /** Null while it has none. */
  readonly address: string | null;
  readonly port: number;
  /** Whether it is in use: running or starting, and not in maintenance. */
  readonly up: boolean;
}

/**
 * Reads `show servers state` (HAProxy management guide 9.3, format version 1). Null when the text is something else; no servers
 * when there is no such backend.
 */
export function readServersState(text: string, backend: string): readonly ServerState[] | null {
  if (/Can't find backend|No such (proxy|backend)/i.test(text)) return [];
  if (!text.startsWith('1\n# be_id')) return null;
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    if (!/^\d+ /.test(line) || fields[1] !== backend) return [];
    const [address = '-', operation = '0', admin = '0'] = fields.slice(4);
    const none = address === '-' || address === '0.0.0.0' || address === '::';
    const up = (operation === '2' || operation === '1') && admin === '0';
    return [{ name: fields[3] ?? '', address: none ? null : address, port: Number(fields[18] ?? 0), up: up && !none }];
  });
}

/** The addresses, or `address:port`, that HAProxy's slots lack, and those they have in excess. */
export interface ServerDifference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** Compares the addresses in HAProxy's slots with the desired ones. */
export function compareAddresses(
  servers: readonly ServerState[],
  wanted: readonly string[],
  textOf: (server: ServerState) => string,
): ServerDifference {
  const has = new Set(servers.flatMap((server) => (server.address === null ? [] : [textOf(server)])));
  const should = new Set(wanted);
  return { missing: wanted.filter((one) => !has.has(one)), surplus: [...has].filter((one) => !should.has(one)) };
}
