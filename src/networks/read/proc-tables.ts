import { formatAddress } from '../../ip/address.ts';

/** A route in the form of `ip -j route`, as far as /proc shows it. */
export interface ProcRoute {
  readonly dst: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly type?: string;
  readonly table?: string;
  readonly protocol?: string;
  readonly prefsrc?: string;
}

const gatewayFlag = 0x2;
const rejectFlag = 0x200;

/**
 * The IPv4 routes of the main table from /proc/net/route (proc(5)): its words are in the machine's byte order.
 */
export function procRoutes4(text: string, littleEndian: boolean): readonly ProcRoute[] {
  return rows(text)
    .slice(1)
    .flatMap(([dev, destination, gateway, flags, , , , mask]): readonly ProcRoute[] => {
      const dst = word(destination, littleEndian);
      const bits = word(mask, littleEndian);
      const via = word(gateway, littleEndian);
      const flag = Number.parseInt(flags ?? '', 16);
      if (dev === undefined || dst === null || bits === null || via === null || Number.isNaN(flag)) return [];
      const prefix = bits.toString(2).replaceAll('0', '').length;
      const where = `${formatAddress(4, BigInt(dst))}/${prefix}`;
      if ((flag & rejectFlag) !== 0) return [{ dst: where, type: 'unreachable' }];
      return [{ dst: where, dev, ...((flag & gatewayFlag) !== 0 && { gateway: formatAddress(4, BigInt(via)) }) }];
    });
}

/** The IPv6 routes of all tables from /proc/net/ipv6_route; the machine's own addresses there have the flag RTF_LOCAL. */
export function procRoutes6(text: string): readonly ProcRoute[] {
  return rows(text).flatMap(([destination, length, , , next, , , , flags, dev]): readonly ProcRoute[] => {
    const [dst, via, prefix, flag] = [long(destination), long(next), Number.parseInt(length ?? '', 16), Number.parseInt(flags ?? '', 16)];
    if (dst === null || via === null || dev === undefined || Number.isNaN(prefix) || Number.isNaN(flag)) return [];
    const where = `${formatAddress(6, dst)}/${prefix}`;
    if ((flag & rejectFlag) !== 0) return [{ dst: where, dev, type: 'unreachable' }];
    // include/uapi/linux/ipv6_route.h: RTF_LOCAL 0x80000000, RTF_ANYCAST 0x00100000.
    if (flag >>> 31 === 1) return [{ dst: where, dev, type: (flag & 0x100000) === 0 ? 'local' : 'anycast', table: 'local' }];
    if (dst >> 120n === 0xffn) return [{ dst: where, dev, type: 'multicast' }];
    return [{ dst: where, dev, ...(via !== 0n && { gateway: formatAddress(6, via) }) }];
  });
}

/** The entries that only /proc/net/fib_trie has: the machine's own IPv4 addresses, and the routes of tables other than `main`. It names no devices. */
export function procTrie(text: string): readonly ProcRoute[] {
  const routes: ProcRoute[] = [];
  let table = '';
  let leaf = '';
  for (const line of text.split('\n')) {
    const head = /^(?:Id (\d+)|(Main|Local)):/.exec(line);
    const at = /\|-- ([\d.]+)$/.exec(line);
    const kind = /^\s+\/(\d+) \S+ (\S+)/.exec(line);
    if (head !== null) table = head[1] ?? (head[2] ?? '').toLowerCase();
    else if (at !== null) leaf = at[1] ?? '';
    else if (kind?.[2] === 'LOCAL') routes.push({ dst: `${leaf}/${kind[1]}`, type: 'local', table: 'local' });
    else if (kind !== null && table !== 'main' && table !== 'local' && kind[2] !== 'BROADCAST') {
      routes.push({ dst: `${leaf}/${kind[1]}`, table, ...(kind[2] !== 'UNICAST' && { type: (kind[2] ?? '').toLowerCase() }) });
    }
  }
  return routes;
}

/** The addresses of /proc/net/if_inet6, of interfaces without a carrier too, in the form of `ip -j addr`. */
export function procAddresses6(text: string): readonly { readonly ifname: string; readonly addr_info: readonly object[] }[] {
  return rows(text).flatMap(([address, , length, , , dev]) => {
    const value = long(address);
    const prefixlen = Number.parseInt(length ?? '', 16);
    if (value === null || dev === undefined || Number.isNaN(prefixlen)) return [];
    return [{ ifname: dev, addr_info: [{ family: 'inet6', local: formatAddress(6, value), prefixlen }] }];
  });
}

function rows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

function word(hex: string | undefined, littleEndian: boolean): number | null {
  if (hex === undefined || !/^[0-9A-Fa-f]{8}$/.test(hex)) return null;
  const bytes = hex.match(/../g) ?? [];
  return Number.parseInt((littleEndian ? bytes.reverse() : bytes).join(''), 16);
}

function long(hex: string | undefined): bigint | null {
  return hex !== undefined && /^[0-9a-f]{32}$/i.test(hex) ? BigInt(`0x${hex}`) : null;
}
