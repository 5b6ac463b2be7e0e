import { readFileSync } from 'node:fs';
import type { Io } from '../../system/process.ts';
import { askIp } from './ip-command.ts';

/** What this machine says about its networks goes here, as it comes. */
export interface HostSink {
  /** Bytes of JSON arrays as `ip -j addr` and `ip -j route` write them; false stops it. */
  readonly json: (bytes: Uint8Array) => boolean;
  /** Elements in the shape of `ip -j addr` and of `ip -j route`. */
  readonly entries: (addresses: readonly object[], routes: readonly object[]) => void;
  readonly resolvConf: (text: string, file: string) => void;
}

/** systemd-resolved's stub answers on this address and keeps the real name servers in a file of its own. */
const stub = /^nameserver\s+127\.0\.0\.5[34]\s*$/m;
const behindStub = '/run/systemd/resolve/resolv.conf';

/** Reads interfaces, routes and name servers of this machine. Returns why iproute2 could not be asked, or null when it was. */
export async function readHost(io: Pick<Io, 'env' | 'signal'>, sink: HostSink): Promise<string | null> {
  const asked = askIp(sink.json, io.env, io.signal);
  const resolvConf = textOf('/etc/resolv.conf');
  const real = resolvConf !== null && stub.test(resolvConf) ? textOf(behindStub) : null;
  const ended = await asked;
  let why: string | null = null;
  if (ended.kind === 'failed') {
    why = ended.why;
    const [{ interfacesWithoutIp }, { routesWithoutIp }] = await Promise.all([import('./proc-interfaces.ts'), import('./proc-routes.ts')]);
    sink.entries(interfacesWithoutIp(), routesWithoutIp());
  }
  if (real !== null) sink.resolvConf(real, behindStub);
  else if (resolvConf !== null) sink.resolvConf(resolvConf, '/etc/resolv.conf');
  return why;
}

/** A machine without name servers has no such file. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
