import { decode } from 'dns-packet';
import type { Found } from '../../../src/dns/message/outcome.ts';
import type { Question } from '../../../src/dns/message/question.ts';
import { type Response, readResponse } from '../../../src/dns/message/read-response.ts';
import { parseAddress } from '../../../src/ip/address.ts';
import type { Exchange } from './recorded-exchange.ts';

/**
 * Reads the bytes as a response to the exchange's query, and checks what comes out.
 * Throws when something came out that must not: a forgery, an address, name, port or TTL that is none, a record that dns-packet does
 * not see, or an error of the reader itself.
 */
export function checkedResponse({ query, message }: Exchange, bytes: Buffer): Response {
  const { question, end } = query;
  const response = readResponse(bytes, { question, bytes: message, end, domain: 'cluster.local', sameCase: true });
  if (response.kind === 'dropped') {
    if (response.why.startsWith('it cannot be read')) throw new Error(`the reader threw: ${response.why}`);
    return response;
  }
  const same = bytes.subarray(0, 2).equals(message.subarray(0, 2)) && bytes.subarray(12, end).equals(message.subarray(12, end));
  if (!same || (bytes.readUInt8(2) & 0xf8) !== 0x80 || bytes.readUInt16BE(4) !== 1) throw new Error('a forgery was accepted');
  if (response.kind === 'found') checkFound(response, question, bytes);
  return response;
}

function checkFound(found: Found, question: Question, bytes: Buffer): void {
  const addresses = [...found.addresses, ...found.services.flatMap((service) => service.addresses)];
  for (const { family, text, value } of addresses) {
    const parsed = parseAddress(text);
    if (parsed === null || parsed.family !== family || parsed.value !== value || parsed.text !== text)
      throw new Error(`${text} is no address`);
  }
  if (question.type === 'A' && found.addresses.some(({ family }) => family !== 4)) throw new Error('an A record holds IPv6');
  for (const { target, port } of found.services) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${port} is no port`);
    if (!isHost(target)) throw new Error(`${JSON.stringify(target)} is no host name`);
  }
  for (const alias of found.aliases) if (!isHost(alias)) throw new Error(`${JSON.stringify(alias)} is no host name`);
  if (!Number.isInteger(found.ttl) || found.ttl < 0 || found.ttl > 0x7fff_ffff) throw new Error(`${found.ttl} is no TTL`);
  if (found.addresses.length + found.services.length + found.texts.length === 0) throw new Error('nothing was found');
  compareWithDnsPacket(found, question, bytes);
}

/**
 * Where dns-packet reads the message at all, it must hold whatever was found in it. Behind a record of a type with texts in it
 * dns-packet goes astray, because it follows their lengths and not RDLENGTH.
 */
function compareWithDnsPacket(found: Found, { type }: Question, bytes: Buffer): void {
  let answers: readonly { type: string; data?: unknown }[];
  try {
    answers = (decode(bytes).answers ?? []) as readonly { type: string; data?: unknown }[];
  } catch {
    return;
  }
  if (answers.some((answer) => !['A', 'AAAA', 'SRV', 'CNAME'].includes(answer.type))) return;
  const theirs = new Set(answers.filter((answer) => answer.type === type).map(({ data }) => keyOf(data)));
  const ours = type === 'SRV' ? found.services.map(({ target, port }) => `${target}:${port}`) : found.addresses.map(({ text }) => text);
  for (const each of ours) if (!theirs.has(each)) throw new Error(`dns-packet does not see ${each}`);
}

function keyOf(data: unknown): string {
  if (typeof data === 'string') return parseAddress(data)?.text ?? data;
  const { target, port } = data as { target: string; port: number };
  return `${String(target).toLowerCase()}:${port}`;
}

/** Written another way than what it checks. */
function isHost(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
}
