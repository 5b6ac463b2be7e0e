import { endianness, networkInterfaces } from 'node:os';
import { procFile } from './proc-interfaces.ts';
import { type ProcRoute, procRoutes4, procRoutes6, procTrie } from './proc-tables.ts';

/**
 * The routes without iproute2, in the form of `ip -j route`: the main table with devices and gateways, the other IPv4
 * tables without them.
 */
export function routesFromProc(): readonly object[] {
  const main = procRoutes4(procFile('route'), endianness() === 'LE');
  const trie = procTrie(procFile('fib_trie'));
  const running = networkInterfaces();
  // Node does not list an interface without a carrier; its connected route shows the network it is in.
  const known = (route: ProcRoute) => route.gateway !== undefined || route.dev === undefined || route.dev in running;
  return [...main.map((route) => (known(route) ? route : connected(route, trie))), ...procRoutes6(procFile('ipv6_route')), ...trie];
}

function connected(route: ProcRoute, trie: readonly ProcRoute[]): ProcRoute {
  const prefix = Number(route.dst.split('/')[1]);
  const own = trie.find(({ type, dst }) => type === 'local' && sameBits(dst, route.dst, prefix));
  return own === undefined ? route : { ...route, protocol: 'kernel', prefsrc: own.dst.replace(/\/32$/, '') };
}

function sameBits(a: string, b: string, prefix: number): boolean {
  const bits = (text: string) => (text.split('/')[0] ?? '').split('.').map((octet) => Number(octet).toString(2).padStart(8, '0'));
  return bits(a).join('').slice(0, prefix) === bits(b).join('').slice(0, prefix);
}
