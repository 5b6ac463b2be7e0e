import { type Address, parseAddress, unmapped } from '../../ip/address.ts';
import { type ParsedNetwork, parseNetwork } from '../../ip/network.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import type { Nameserver } from '../config.ts';
import { isHostName } from './kubernetes-names.ts';
import { invalidValue, quote } from './quoted.ts';

/** Parses the IP address of a host; an IPv4-mapped IPv6 address becomes IPv4. Throws config.address. */
export function readAddress(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) {
    const named = isHostName(text) && /[a-z]/i.test(text);
    const why = named ? ': names are not looked up here' : '';
    throw problem('config.address', {
      got: quote(text),
      why,
      hint: 'write an address such as 192.0.2.11 or 2001:db8::11, without a port',
    });
  }
  if (parsed.value === 0n) throw problem('config.address', { got: quote(text), why: ' of a host', hint: 'write the address of a host' });
  return unmapped(parsed);
}

/** Parses a network with a prefix length and without host bits. Throws config.network. */
export function readNetwork(text: string): ParsedNetwork {
  const network = readAnyNetwork(text);
  if (!text.includes('/')) throw badNetwork(text, 'the prefix length is missing', `write ${text}/24, or another prefix length`);
  if (network.hostBits) throw badNetwork(text, 'it has host bits set', `did you mean ${network.cidr}?`);
  return network;
}

/** Parses a network or an address. Host bits are removed; `hostBits` says whether there were any. Throws config.network. */
export function readAnyNetwork(text: string): ParsedNetwork {
  const network = parseNetwork(text);
  if (network !== null) return network;
  const [address = '', prefix] = text.split('/');
  const why = parseAddress(address) === null ? `${quote(address)} is not an IP address` : `/${prefix} is not a prefix length`;
  throw badNetwork(text, why, 'write ADDRESS/PREFIX, such as 10.0.0.0/24 or fd00:10::/112');
}

const badNetwork = (text: string, why: string, hint: string): Problem => problem('config.network', { got: quote(text), why, hint });

/** Parses a cluster DNS server: an address, optionally with a port after it and `tcp@` before it. Throws config.nameserver. */
export function readNameserver(text: string): Nameserver {
  const bad = (why: string, hint: string) => problem('config.nameserver', { got: quote(text), why, hint });
  const example = 'write an address such as 10.0.0.254, 10.0.0.254:53, [fd00::a]:53 or tcp@10.0.0.254';
  const [, protocol, rest = ''] = /^(?:([a-z0-9]+)@)?(.*)$/s.exec(text) ?? [];
  if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp') throw bad(`${protocol}@ is not known`, example);
  const [, bracketed, v4, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+))?$/.exec(rest) ?? [];
  const host = bracketed ?? v4 ?? rest;
  const address = parseAddress(host);
  if (address === null) {
    const name = host.replace(/:\d*$/, '');
    if (isHostName(name) && /[a-z]/i.test(name))
      throw bad('it is a name', 'write its IP address: looking up a name would need another DNS server');
    throw bad(`${quote(host)} is not an IP address`, example);
  }
  if (bracketed !== undefined && address.family === 4) throw bad('brackets are for IPv6 addresses', example);
  if (address.value === 0n) throw bad('it is not the address of a host', example);
  const number = port === undefined ? 53 : Number(port);
  if (number < 1 || number > 65535) throw bad(`port ${number} is out of range`, 'a port is a number from 1 to 65535; DNS uses 53');
  return { address: unmapped(address), port: number, transport: protocol === 'tcp' ? 'tcp' : 'udp' };
}

/** Checks a host name or address of the API server. Throws config.value. */
export function readHostAndPort(text: string): string {
  if (parseAddress(text) !== null || isHostName(text)) return text;
  throw invalidValue(text, 'host name or address', 'write it without scheme and port, such as kubernetes.example.org');
}

/** Checks the name of a context of a kubeconfig. Throws config.value. */
export function readContext(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
  if (text !== '' && text.length <= 1000 && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw invalidValue(text, 'name of a context', 'kubectl config get-contexts shows the names');
}

/** Checks the name of a node, which becomes the name of a HAProxy server. Throws config.value. */
export function readNodeName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/.test(text)) return text;
  throw invalidValue(text, 'name of a node', 'HAProxy accepts letters, digits and - _ . : in the name of a server');
}
