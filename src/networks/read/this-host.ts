import type { Io } from '../../system/process.ts';
import { readFileBounded } from '../../system/read-file.ts';
import type { Inventory } from '../facts/inventory.ts';
import { runIp } from './ip-command.ts';
import { hostReader } from './ip-json.ts';
import { addNameservers } from './resolv-conf.ts';

/** systemd-resolved's stub answers on this address and writes the real name servers to a file of its own. */
const stub = /^nameserver\s+127\.0\.0\.5[34]\s*$/m;
const behindStub = '/run/systemd/resolve/resolv.conf';

/** Adds the interfaces, routes and name servers of this machine. Returns the reason why iproute2 could not be used, or null when it was. */
export async function addThisHost(inventory: Inventory, io: Pick<Io, 'env' | 'signal'>): Promise<string | null> {
  const reader = hostReader(inventory);
  const failure = await runIp(reader.push, io.env, io.signal);
  if (failure !== null) {
    const [{ interfacesFromProc }, { routesFromProc }] = await Promise.all([import('./proc-interfaces.ts'), import('./proc-routes.ts')]);
    for (const entry of [...interfacesFromProc(), ...routesFromProc()]) reader.entry(entry);
  }
  const resolvConf = textOf('/etc/resolv.conf');
  const real = resolvConf !== null && stub.test(resolvConf) ? textOf(behindStub) : null;
  if (real !== null) addNameservers(inventory, real, behindStub);
  else if (resolvConf !== null) addNameservers(inventory, resolvConf, '/etc/resolv.conf');
  return failure;
}

/** In bytes. */
const maxResolvConfBytes = 1024 * 1024;

/** Null where it cannot be read: a machine without name servers has no such file. */
function textOf(file: string): string | null {
  const content = readFileBounded(file, maxResolvConfBytes);
  return content.kind === 'content' ? content.bytes.toString('utf8') : null;
}
