import { ownText } from '../../haproxy-syntax/own-text.ts';
import type { ServerCounts } from '../../status/status.ts';
import { replyLines } from './reply-lines.ts';

/** The states of a server (HAProxy management guide 9.1, column `status`). `unresolved`: it has no address yet, like a free slot. */
export type HealthState = 'up' | 'down' | 'draining' | 'maintenance' | 'unresolved';

/** A server as HAProxy reports it. */
export interface ServerStats {
  readonly name: string;
  readonly state: HealthState;
  /** `address:port`; null where it has none, or where the socket does not show it. */
  readonly address: string | null;
  readonly backup: boolean;
  readonly counts: ServerCounts;
  /** Seconds since the state changed. */
  readonly changedBefore: number;
  /** The last result of its health check, in HAProxy's words; null where it is not checked. */
  readonly check: string | null;
}

/** A backend, or the backend side of a listen, as HAProxy reports it. */
export interface BackendStats {
  readonly name: string;
  /** The number by which `show stat` selects it. */
  readonly id: string;
  /** Servers that take traffic: those that are up, backups included. */
  readonly up: number;
  readonly backupsUp: number;
  /** Current sessions. */
  readonly sessions: number;
  /** Failed connections to servers and broken responses, since the worker started. */
  readonly errors: number;
  /** Seconds since the last server went down, or the first came up. */
  readonly changedBefore: number;
  /** The number of times it has lost its last server since the worker started. */
  readonly outages: number;
}

/** The rows of `show stat`. */
export interface ProxyStats {
  readonly backends: readonly BackendStats[];
  /** By the name of their backend. */
  readonly servers: ReadonlyMap<string, readonly ServerStats[]>;
}

/** Reads the reply to one or several `show stat`; null for any other text. Rows of frontends and listeners are skipped. */
export function parseProxyStats(text: string): ProxyStats | null {
  if (!text.startsWith('# pxname,svname,')) return null;
  const backends: BackendStats[] = [];
  const servers = new Map<string, ServerStats[]>();
  let head = '';
  let columns: Columns = new Map();
  for (const line of replyLines(text)) {
    if (line === null) return null;
    if (line.startsWith('# ')) {
      if (line !== head) columns = columnsOf(line);
      head = line;
    } else if (line !== '') {
      const row = rowOf(line, columns);
      const proxy = row('pxname');
      if (row('type') === '1') backends.push(backendOf(row));
      if (row('type') !== '2') continue;
      const those = servers.get(proxy);
      if (those === undefined) servers.set(proxy, [serverOf(row)]);
      else those.push(serverOf(row));
    }
  }
  return { backends, servers };
}

type Columns = ReadonlyMap<string, number>;

function columnsOf(head: string): Columns {
  const names = head.slice(2).split(',');
  return new Map(names.map((name, i) => [name, i]));
}

type Row = (column: string) => string;

function rowOf(line: string, columns: Columns): Row {
  const fields = line.includes('"') ? quotedFields(line) : line.split(',');
  return (column) => fields[columns.get(column) ?? -1] ?? '';
}

/** The fields of a line of CSV (RFC 4180), in which texts with a comma or a quote are quoted. */
function quotedFields(line: string): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; at <= line.length; at++) {
    let quoted = '';
    if (line.charAt(at) === '"') {
      // Two quotes stand for one; a single one ends the text.
      let end = at;
      do end = line.indexOf('"', end + 1);
      while (end >= 0 && line.charAt(end + 1) === '"' && ++end > 0);
      const text = line.slice(at + 1, end < 0 ? undefined : end);
      quoted = text.replaceAll('""', '"');
      at = end < 0 ? line.length : end + 1;
    }
    const comma = line.indexOf(',', at);
    const end = comma < 0 ? line.length : comma;
    fields.push(quoted + line.slice(at, end));
    at = end;
  }
  return fields;
}

/** A number of a row; 0 where it has none. */
function numberOf(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}

function backendOf(row: Row): BackendStats {
  const backupsUp = numberOf(row('bck'));
  return {
    name: ownText(row('pxname')),
    id: row('iid'),
    up: numberOf(row('act')) + backupsUp,
    backupsUp,
    sessions: numberOf(row('scur')),
    errors: numberOf(row('econ')) + numberOf(row('eresp')),
    changedBefore: numberOf(row('lastchg')),
    outages: numberOf(row('chkdown')),
  };
}

function serverOf(row: Row): ServerStats {
  const [address, result, details] = [row('addr'), row('check_status'), row('last_chk')];
  return {
    name: row('svname'),
    state: stateOf(row('status')),
    address: address === '' ? null : address,
    backup: row('bck') === '1',
    counts: {
      queued: numberOf(row('qcur')),
      sessions: numberOf(row('scur')),
      maxSessions: numberOf(row('smax')),
      totalSessions: numberOf(row('stot')),
      bytesIn: numberOf(row('bin')),
      bytesOut: numberOf(row('bout')),
      connectErrors: numberOf(row('econ')),
      responseErrors: numberOf(row('eresp')),
      retries: numberOf(row('wretr')),
      redispatches: numberOf(row('wredis')),
      weight: numberOf(row('weight')),
      checkFailures: numberOf(row('chkfail')),
      timesDown: numberOf(row('chkdown')),
      downtime: numberOf(row('downtime')),
    },
    changedBefore: numberOf(row('lastchg')),
    check: result === '' ? null : details === '' ? result.replace('* ', '') : `${result.replace('* ', '')}: ${details}`,
  };
}

/** The state for a status such as `UP 1/3` (going down), `DOWN 1/2` (coming up) or `MAINT (via x/y)` (tracking another server). */
function stateOf(status: string): HealthState {
  if (status === 'MAINT (resolution)') return 'unresolved';
  switch (status.split(' ', 1)[0]) {
    case 'MAINT':
      return 'maintenance';
    case 'DOWN':
      return 'down';
    case 'DRAIN':
    case 'NOLB':
      return 'draining';
    default:
      return 'up';
  }
}
