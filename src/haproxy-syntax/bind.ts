import { type Address, parseAddress, unmapped } from '../ip/address.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { isWord } from './word.ts';

/** An address that HAProxy binds. `text` is written unchanged. `host` is null for `*`, and for `:port`. */
export interface Bind {
  readonly text: string;
  readonly host: Address | null;
  readonly firstPort: number;
  readonly lastPort: number;
}

/**
 * Reads an IP address of HAProxy's `bind` (configuration manual, section 4.2, bind): `IPv4:port`, `[IPv6]:port`, `*:port`
 * and `:port`, port ranges `a-b`, the prefixes `ipv4@` and `ipv6@`; also `IPv6:port` where the last colon can only be that of
 * the port. Throws config.bind.
 */
export function parseBind(text: string): Bind {
  const why = whyNoWord(text);
  if (why !== null) throw bad(text, why.why, why.hint);
  const prefix = /^(ipv4|ipv6)@/.exec(text)?.[1];
  const bare = prefix === undefined ? text : text.slice(prefix.length + 1);
  const { host, ports } = split(text, bare);
  const address = host === '' || host === '*' ? null : readHost(text, host, ports);
  if (prefix !== undefined && prefix !== (address?.family === 6 || (address === null && prefix === 'ipv6') ? 'ipv6' : 'ipv4')) {
    throw bad(text, `the address does not fit ${prefix}@`, `write it without ${prefix}@`);
  }
  const wildcard = address === null && prefix === 'ipv6' ? parseAddress('::') : address;
  return { text, host: wildcard === null ? null : unmapped(wildcard), ...readPorts(text, ports) };
}

/** An address and one port, for the stats page and the status address. `*` and `:port` mean every IPv4 address. Throws config.bind. */
export function parseSingleBind(text: string): Bind {
  const bind = parseBind(text);
  if (bind.firstPort !== bind.lastPort) throw bad(text, 'one port is wanted, not a range', `write one port, such as ${bind.firstPort}`);
  return bind;
}

/**
 * Whether two binds take the same address and port. A wildcard takes every address of its family only: where `[::]:80` and
 * `*:80` both listen, Linux gives each IPv4 connection to the IPv4 socket (measured with HAProxy 2.6).
 */
export function overlaps(a: Bind, b: Bind): boolean {
  if (a.firstPort > b.lastPort || b.firstPort > a.lastPort || familyOf(a) !== familyOf(b)) return false;
  return isWildcard(a) || isWildcard(b) || a.host?.value === b.host?.value;
}

const familyOf = (bind: Bind): 4 | 6 => bind.host?.family ?? 4;
const isWildcard = (bind: Bind): boolean => bind.host === null || bind.host.value === 0n;

function whyNoWord(text: string): { readonly why: string; readonly hint: string } | null {
  const example = 'write ADDRESS:PORT, such as 198.51.100.2:443, [2001:db8::1]:443 or *:443';
  if (text === '') return { why: 'it is empty', hint: example };
  if (text.includes(',')) return { why: 'it is a list', hint: 'write each address as an item of its own' };
  if (/\s/.test(text)) {
    return {
      why: 'it has spaces',
      hint: 'write only the address here; a bind with options goes into haproxyExtraConfig as a line of its own',
    };
  }
  if (!isWord(text)) return { why: 'HAProxy would not read it as one word', hint: example };
  if (text.startsWith('/') || /^(unix|abns|abnsz|fd|sockpair|quic[46]|udp[46]?|uxst|uxdg|mptcp[46]?|rhttp)@/.test(text)) {
    return { why: 'it is not an IP address', hint: 'a bind of another kind goes into haproxyExtraConfig as a line of its own' };
  }
  return null;
}

/** Splits host and port at the last colon, as HAProxy does; refuses what may be an IPv6 address without a port. */
function split(text: string, bare: string): { readonly host: string; readonly ports: string } {
  const bracketed = /^\[([^[\]]*)\](.*)$/.exec(bare);
  if (bracketed !== null) {
    const [, inside = '', rest = ''] = bracketed;
    if (!inside.includes(':')) throw bad(text, 'brackets are for IPv6 addresses', `write ${inside}${rest}`);
    if (rest === '' || rest === ':') throw bad(text, 'the port is missing', `write [${inside}]:443, with the port behind the colon`);
    if (!rest.startsWith(':')) throw bad(text, `${JSON.stringify(rest)} is in the place of a colon and the port`, `write [${inside}]:443`);
    return { host: inside, ports: rest.slice(1) };
  }
  if (/[[\]]/.test(bare)) throw bad(text, 'a bracket is missing', 'write an IPv6 address as [2001:db8::1]:443');
  const colon = bare.lastIndexOf(':');
  const host = bare.slice(0, Math.max(colon, 0));
  const ports = bare.slice(colon + 1);
  if (colon < 0 || ports === '') {
    const address = colon < 0 ? bare : host;
    if (/^\d+(-\d+)?$/.test(address)) throw bad(text, 'the address is missing', `write *:${address} for every IPv4 address`);
    throw bad(text, 'the port is missing', `write ${address.includes(':') ? `[${address}]` : address}:443, with the port behind the colon`);
  }
  if (host.includes(':') && parseAddress(bare) !== null) {
    const without = parseAddress(host) === null ? '' : `[${host}]:${ports} or `;
    throw bad(text, 'an IPv6 address without brackets hides where the port begins', `write ${without}[${bare}]:443`);
  }
  return { host, ports };
}

function readHost(text: string, host: string, ports: string): Address {
  const address = parseAddress(host);
  if (address !== null) return address;
  if (host.includes(':::')) {
    const mended = parseAddress(host.replace(/:{3,}/g, '::'));
    const hint = mended === null ? 'write the address with one :: at most' : `did you mean [${mended.text}]:${ports}?`;
    throw bad(text, '":::" is in no IPv6 address; "::" stands for a run of zeros', hint);
  }
  if (host.split('::').length > 2) throw bad(text, '"::" may occur only once in an IPv6 address', 'write all but one run of zeros out');
  if (host.includes('%'))
    throw bad(text, 'an address with a zone cannot be checked here', 'bind a global address, or use haproxyExtraConfig');
  if (host.includes(':')) throw bad(text, `${host} is not an IPv6 address`, 'write it as [2001:db8::1]:443');
  if (/^[\d.]+$/.test(host)) throw bad(text, `${host} is not an IPv4 address`, 'write four numbers from 0 to 255 without leading zeros');
  throw bad(
    text,
    `${host} is a name, and podfront binds addresses only`,
    'write the IP address: a name may change or fail to resolve at a reload',
  );
}

function readPorts(text: string, ports: string): { readonly firstPort: number; readonly lastPort: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(ports);
  if (match === null)
    throw bad(text, `${JSON.stringify(ports)} is not a port`, 'write a number from 1 to 65535, or a range such as 8000-8010');
  const firstPort = Number(match[1]);
  const lastPort = Number(match[2] ?? match[1]);
  for (const port of [firstPort, lastPort]) {
    if (port < 1 || port > 65535) throw bad(text, `port ${port} is out of range`, 'ports are numbers from 1 to 65535');
  }
  if (lastPort < firstPort) throw bad(text, `the port range ${ports} is reversed`, `write ${lastPort}-${firstPort}`);
  return { firstPort, lastPort };
}

function bad(text: string, why: string, hint: string): Problem {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
  return problem('config.bind', { got: shown, why, hint });
}
