/** One server of a backend as the running HAProxy has it. */
export interface ServerState {
  readonly name: string;
  /** Null while it has none. */
  readonly address: string | null;
  readonly port: number;
  /** It is used: running or starting, and in no kind of maintenance. */
  readonly up: boolean;
}

/**
 * Reads `show servers state` (HAProxy management guide 9.3, format version 1). Null when it is something else; no servers when
 * there is no such backend.
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

/** What HAProxy's slots lack of what cluster DNS says, and what they have beyond it: `address:port`. */
export interface ServerDifference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** Compares the addresses in HAProxy's slots with those that should be there. */
export function compareServers(
  servers: readonly ServerState[],
  wanted: readonly string[],
  textOf: (server: ServerState) => string,
): ServerDifference {
  const has = new Set(servers.flatMap((server) => (server.address === null ? [] : [textOf(server)])));
  const should = new Set(wanted);
  return { missing: wanted.filter((one) => !has.has(one)), surplus: [...has].filter((one) => !should.has(one)) };
}
