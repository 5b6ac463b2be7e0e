import { ownText } from '../../haproxy-syntax/own-text.ts';
import { hostPort, parseAddress } from '../../ip/address.ts';
import type { RunningServer } from '../slots/server-actions.ts';
import { replyLines } from './reply-lines.ts';

/** A server in the reply to `show servers state` (HAProxy management guide 9.3). */
export interface ServerRow {
  readonly backend: string;
  readonly name: string;
  /** Null while it has none. */
  readonly address: string | null;
  readonly port: number;
  /** `srv_op_state`: 0 stopped, 1 starting, 2 running, 3 stopping. */
  readonly operation: number;
  /** Bits of `srv_admin_state`. */
  readonly admin: number;
  /** The weight that was set last. */
  readonly weight: number;
}

/** Bits of `srv_admin_state`: maintenance and drain, each forced, inherited or from the configuration. */
const [maintenance, drain] = [0x27, 0x18];

const columns = ['be_name', 'srv_name', 'srv_addr', 'srv_port', 'srv_op_state', 'srv_admin_state', 'srv_uweight'] as const;
const withoutAddress: ReadonlySet<string> = new Set(['-', '0.0.0.0', '::']);

/** Reads the reply to one or more `show servers state`, version 1 of the format; null when it is anything else. */
export function readServerRows(text: string): readonly ServerRow[] | null {
  const rows: ServerRow[] = [];
  let at: readonly number[] | null = null;
  for (const line of replyLines(text)) {
    if (line === null) return null;
    if (line === '' || line === '1') continue;
    if (line.startsWith('# ')) {
      const names = line.slice(2).split(' ');
      at = columns.map((name) => names.indexOf(name));
      if (at.includes(-1)) return null;
      continue;
    }
    const row = at === null ? null : rowOf(line.split(' '), at);
    if (row === null) return null;
    rows.push(row);
  }
  return at === null ? null : rows;
}

function rowOf(fields: readonly string[], at: readonly number[]): ServerRow | null {
  const [backend = '', name = '', address = '', ...numbers] = at.map((index) => fields[index] ?? '');
  if (backend === '' || name === '' || !numbers.every((text) => /^\d{1,9}$/.test(text))) return null;
  const [port = 0, operation = 0, admin = 0, weight = 0] = numbers.map(Number);
  return { backend, name, address: withoutAddress.has(address) ? null : address, port, operation, admin, weight };
}

/** The server of a pod as HAProxy has it, which is remembered for long. */
export function runningServer({ name, address, port, admin }: ServerRow): RunningServer {
  const state = (admin & maintenance) !== 0 ? 'maint' : (admin & drain) !== 0 ? 'drain' : 'ready';
  const canonical = address === null ? '-' : (parseAddress(address)?.text ?? address);
  return { name: ownText(name), address: ownText(hostPort(canonical, port)), state };
}
