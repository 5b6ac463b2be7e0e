import { parseAddress } from '../../ip/address.ts';
import { parseNetwork } from '../../ip/network.ts';

/** The reason why a text is not a network: one clause, for the end of a sentence. Only for texts that `parseNetwork` refused. */
export function networkError(text: string): string {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  if (text === '') return 'it is empty';
  if (text.length > 64) return 'it is too long';
  if (!/^[\x21-\x7e]*$/.test(text)) return 'it has a space, a control character or a letter outside ASCII';
  if (address === '') return 'the address before the / is missing';
  const wrongAddress = addressError(address);
  if (wrongAddress !== null) return wrongAddress;
  if (slash < 0) return 'it is not in a form that podfront reads';
  return prefixError(text.slice(slash + 1), address);
}

/** The reason why a text is not a plain address; null when it is one. */
export function addressError(address: string): string | null {
  if (parseAddress(address) !== null) return null;
  if (address === '') return 'it is empty';
  if (/^\[.*\]/.test(address)) return 'brackets do not belong here';
  if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(address)) return 'a port does not belong here';
  if (/^[0-9a-fA-F.:]+-[0-9a-fA-F.:]+$/.test(address)) return 'a range; write it as one or more CIDR networks';
  if (address.includes('%')) return 'a zone (after %) does not belong here';
  if (address.includes(':')) return ipv6Error(address);
  if (/^[\d.]+$/.test(address)) return ipv4Error(address);
  if (/^[\d.]+,[\d.,]*$/.test(address)) return 'octets are separated by dots';
  if (/^0x/i.test(address)) return 'hexadecimal IPv4 addresses are not taken';
  if (/\*/.test(address)) return 'wildcards are not taken; write a prefix length';
  if (/^-/.test(address)) return 'it begins with a minus sign';
  if (/[a-zA-Z]/.test(address)) return 'a name; networks are given as addresses';
  return 'it has characters that no address has';
}

function ipv4Error(address: string): string {
  const octets = address.split('.');
  if (octets.includes('')) return 'an octet is missing';
  const big = octets.find((octet) => Number(octet) > 255);
  if (octets.length === 1) return 'a plain number; IPv4 has four octets';
  if (octets.length !== 4) return `${octets.length} octets where IPv4 has four`;
  if (big !== undefined) return `the octet ${big} is above 255`;
  const zero = octets.find((octet) => octet.length > 1 && octet.startsWith('0'));
  return `the octet ${zero ?? address} has a leading zero, which some programs read as octal`;
}

function ipv6Error(address: string): string {
  if (address.includes(':::')) return 'more than two colons in a row';
  if (address.split('::').length > 2) return '`::` stands in it twice';
  const parts = address.split(':');
  const quad = parts.findIndex((part) => part.includes('.'));
  if (quad >= 0 && quad < parts.length - 1) return 'an IPv4 address may only stand at its end';
  const last = parts.at(-1) ?? '';
  if (quad >= 0 && parseAddress(last) === null) return `in its IPv4 part, ${addressError(last)}`;
  const bad = parts.find((part) => part !== '' && !part.includes('.') && !/^[0-9a-fA-F]{1,4}$/.test(part));
  if (bad !== undefined)
    return /^[0-9a-fA-F]+$/.test(bad) ? `the group ${bad} has more than four digits` : `the group ${bad} is not hexadecimal`;
  if (/^:[^:]/.test(address) || /[^:]:$/.test(address)) return 'a single colon at its end';
  const count = parts.filter((part) => part !== '').length + (quad >= 0 ? 1 : 0);
  if (address.includes('::')) return `${count} groups and \`::\`, where IPv6 has eight in all`;
  return `${count} groups where IPv6 has eight`;
}

function prefixError(prefix: string, address: string): string {
  const width = address.includes(':') ? 128 : 32;
  if (prefix === '') return 'the prefix length after the / is missing';
  if (prefix.includes('/')) return 'it has more than one /';
  if (/^0\d+$/.test(prefix)) return `the prefix length ${prefix} has a leading zero`;
  if (/^\d+$/.test(prefix)) return `the prefix length ${prefix} is above ${width}`;
  const length = maskLength(prefix);
  if (length !== null) return `a netmask; write /${length}`;
  return parseNetwork(prefix) === null ? `the prefix length ${prefix} is not a number` : 'an address where the prefix length belongs';
}

/** The prefix length that a contiguous dotted netmask stands for; null for anything else. */
function maskLength(text: string): number | null {
  const mask = parseAddress(text);
  if (mask === null || mask.family !== 4) return null;
  const bits = mask.value.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null;
}
