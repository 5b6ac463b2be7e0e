import { type Address, parseAddress, unmapped } from '../../ip/address.ts';
import { type ParsedNetwork, parseNetwork } from '../../ip/network.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import type { Nameserver } from '../config.ts';
import { isHostName } from './kubernetes-names.ts';
import { invalidValue, quote } from './quoted.ts';

/** An IP address of one host, IPv4-mapped IPv6 folded. Throws config.address. */
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
  if (parsed.value === 0n) throw problem('config.address', { got: quote(text), why: ' of a host', hint: 'write the address of one host' });
  return unmapped(parsed);
}

/** A network with its prefix and without host bits, as the cluster's own are written. Throws config.network. */
export function readNetwork(text: string): ParsedNetwork {
  const network = readAnyNetwork(text);
  if (!text.includes('/'))
    throw badNetwork(text, 'the prefix is missing', `write ${text}/24, with the number of bits that all addresses share`);
  if (network.hostBits) throw badNetwork(text, `bits are set beyond the prefix`, `did you mean ${network.cidr}?`);
  return network;
}

/** A network, or one address. Host bits are folded, and told in `hostBits`. Throws config.network. */
export function readAnyNetwork(text: string): ParsedNetwork {
  const network = parseNetwork(text);
  if (network !== null) return network;
  const [address = '', prefix] = text.split('/');
  const why = parseAddress(address) === null ? `${quote(address)} is no IP address` : `/${prefix} is no prefix`;
  throw badNetwork(text, why, 'write ADDRESS/PREFIX, such as 10.0.0.0/24 or fd00:10::/112');
}

const badNetwork = (text: string, why: string, hint: string): Problem => problem('config.network', { got: quote(text), why, hint });

/** A cluster DNS server: an address, with a port behind it, and `tcp@` before it. Throws config.nameserver. */
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
      throw bad('it is a name', 'write its IP address: to look a name up, another DNS would be needed first');
    throw bad(`${quote(host)} is no IP address`, example);
  }
  if (bracketed !== undefined && address.family === 4) throw bad('brackets are for IPv6 addresses', example);
  if (address.value === 0n) throw bad('it is no address of a host', example);
  const number = port === undefined ? 53 : Number(port);
  if (number < 1 || number > 65535) throw bad(`port ${number} is out of range`, 'ports are numbers from 1 to 65535; DNS is on 53');
  return { address: unmapped(address), port: number, transport: protocol === 'tcp' ? 'tcp' : 'udp' };
}

/** Host name or address of the API server. Throws config.value. */
export function readHostAndPort(text: string): string {
  if (parseAddress(text) !== null || isHostName(text)) return text;
  throw invalidValue(text, 'host name or address', 'write it without scheme and port, such as kubernetes.example.org');
}

/** Name of a node: it becomes the name of a HAProxy server. Throws config.value. */
export function readNodeName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/.test(text)) return text;
  throw invalidValue(text, 'name of a node', 'HAProxy takes letters, digits and - _ . : in the name of a server');
}
