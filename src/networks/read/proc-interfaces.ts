import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { procAddresses6 } from './proc-tables.ts';

/**
 * The interfaces without iproute2, in the form of `ip -j addr`: from Node those that are up and running, from /proc the IPv6
 * addresses of the others. (Their IPv4 addresses come with the routes of fib_trie.)
 */
export function interfacesFromProc(): readonly object[] {
  const running = Object.entries(networkInterfaces()).map(([ifname, addresses]) => ({
    ifname,
    addr_info: (addresses ?? []).map(({ family, address, cidr }) => ({
      family: family === 'IPv4' ? 'inet' : 'inet6',
      local: address.replace(/%.*$/, ''),
      prefixlen: Number((cidr ?? '').split('/')[1] ?? (family === 'IPv4' ? 32 : 128)),
    })),
  }));
  return [...running, ...procAddresses6(procFile('if_inet6'))];
}

/** A file of /proc/net; empty where the kernel has none (no IPv6, no /proc). */
export function procFile(name: string): string {
  try {
    return readFileSync(`/proc/net/${name}`, 'utf8');
  } catch {
    return '';
  }
}
