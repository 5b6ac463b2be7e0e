import { hostPort, parseAddress } from '../../ip/address.ts';
import type { RunningServer } from '../slots/server-actions.ts';

/** A server in the reply to `show servers state`. */
export interface ServerState extends RunningServer {
  readonly backend: string;
  /** The weight that was set last. */
  readonly weight: number;
}

/** Bits of `srv_admin_state` (HAProxy management guide 9.3): maintenance and drain, each forced, inherited or from the configuration. */
const [maintenance, drain] = [0x27, 0x18];

const columns = ['be_name', 'srv_name', 'srv_addr', 'srv_admin_state', 'srv_uweight', 'srv_port'] as const;

/** Reads the reply to one or more `show servers state`, version 1 of the format; null when it is anything else. */
export function parseServerStates(text: string): readonly ServerState[] | null {
  const servers: ServerState[] = [];
  let at: readonly number[] | null = null;
  for (const line of text.split('\n')) {
    if (line === '' || line === '1') continue;
    if (line.startsWith('# ')) {
      const names = line.slice(2).split(' ');
      at = columns.map((name) => names.indexOf(name));
      if (at.includes(-1)) return null;
      continue;
    }
    if (at === null) return null;
    const server = serverOf(line.split(' '), at);
    if (server === null) return null;
    servers.push(server);
  }
  return at === null ? null : servers;
}

function serverOf(fields: readonly string[], at: readonly number[]): ServerState | null {
  const [backend = '', name = '', address = '', admin = '', weight = '', port = ''] = at.map((index) => fields[index] ?? '');
  if (![admin, weight, port].every((text) => /^\d{1,9}$/.test(text)) || name === '' || backend === '') return null;
  const bits = Number(admin);
  const state = (bits & maintenance) !== 0 ? 'maint' : (bits & drain) !== 0 ? 'drain' : 'ready';
  return { backend, name, address: hostPort(parseAddress(address)?.text ?? address, Number(port)), state, weight: Number(weight) };
}
