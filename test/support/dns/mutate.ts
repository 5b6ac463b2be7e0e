import { readdirSync, readFileSync } from 'node:fs';
import { decode, encode } from 'dns-packet';
import { encodeWithId, type Query, queryFor } from '../../../src/dns/encoded-question.ts';
import { plainAnswer, plainRecords } from '../../../src/dns/message/address-answer.ts';
import { matchResponse } from '../../../src/dns/message/match-response.ts';
import type { Question } from '../../../src/dns/message/question.ts';
import { type Found, type ParsedResponse, readAnswer } from '../../../src/dns/message/read-answer.ts';
import { readMessage } from '../../../src/dns/message/read-message.ts';
import { readResponse } from '../../../src/dns/read-response.ts';
import { parseAddress } from '../../../src/ip/address.ts';
import type { Packet } from '../coredns/exchange.ts';

/** A sound exchange to make unsound ones from. */
export interface Seed {
  readonly query: Query;
  readonly message: Buffer;
  readonly response: Buffer;
}

/** Seeds from the packets that were recorded from CoreDNS, and from some that it does not send. */
export function seeds(): readonly Seed[] {
  const folder = new URL('../../../fixtures/wire/dns/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.startsWith('coredns-'));
  const packets = files.flatMap((name) => (JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { packets: Packet[] }).packets);
  const recorded = packets
    .filter(({ response }) => response.length < 4000)
    .map((packet) => seedOf(packet, Buffer.from(packet.response, 'base64')));
  return [...recorded, ...invented()];
}

function seedOf({ name, type }: Question, response: Buffer): Seed {
  const query = queryFor({ name, type });
  if (query === null) throw new Error(`${name} cannot be asked`);
  const message = encodeWithId(query, 0x1234, { mixed: false, edns: true });
  response.writeUInt16BE(0x1234, 0);
  return { query, message, response };
}

function invented(): readonly Seed[] {
  const name = 'web.default.svc.cluster.local';
  const aaaa = encode({
    type: 'response',
    questions: [{ type: 'AAAA', name }],
    answers: [
      { type: 'CNAME', name, ttl: 5, data: 'a.example.org' },
      { type: 'AAAA', name: 'a.example.org', ttl: 5, data: 'fd00::1' },
    ],
  });
  const txt = encode({
    type: 'response',
    questions: [{ type: 'TXT', name }],
    answers: [{ type: 'TXT', name, ttl: 5, data: ['1.1.0', 'x'] }],
  });
  return [seedOf({ name, type: 'AAAA' }, aaaa), seedOf({ name, type: 'TXT' }, txt)];
}

/** Numbers that look like chance; the same seed gives the same ones. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One to four changes: bits, bytes, lengths, pointers, cuts, insertions, and the tail of another message. */
export function mutated(response: Buffer, other: Buffer, roll: (below: number) => number): Buffer {
  let bytes: Buffer = Buffer.from(response);
  for (let changes = 1 + roll(4); changes > 0; changes--) {
    const at = bytes.length === 0 ? 0 : roll(bytes.length);
    switch (bytes.length < 2 ? 7 : roll(9)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << roll(8));
        break;
      case 1:
        bytes[at] = roll(256);
        break;
      case 2:
        bytes.writeUInt16BE(0xc000 + roll(bytes.length), Math.min(at, bytes.length - 2));
        break;
      case 3:
        bytes.writeUInt16BE([0, 1, 0xffff, bytes.length][roll(4)] ?? 0, Math.min(at, bytes.length - 2));
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(Array.from({ length: 1 + roll(6) }, () => roll(256))),
          bytes.subarray(at),
        ]);
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + roll(6)))]);
        break;
      case 7:
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(roll(other.length))]);
        break;
      default:
        // One of the four counts of the header.
        if (bytes.length >= 12) bytes.writeUInt16BE(roll(5), 4 + 2 * roll(4));
    }
  }
  return bytes;
}

/**
 * Reads the bytes as an answer to the seed's query, as the resolver would.
 * @returns what was accepted, null when the message was dropped
 * @throws Error when something got through that must not
 */
export function judged({ query, message }: Seed, bytes: Buffer): ParsedResponse | null {
  const matched = matchResponse(bytes, message, query.end, true);
  if (typeof matched === 'object') return null;
  const same = bytes.subarray(0, 2).equals(message.subarray(0, 2)) && bytes.subarray(12, query.end).equals(message.subarray(12, query.end));
  if (!same || (bytes.readUInt8(2) & 0xf8) !== 0x80 || bytes.readUInt16BE(4) !== 1) throw new Error('a forgery was accepted');
  if (matched === 'cut') return null;
  const meaning = readResponse({ ...query, last: null }, bytes);
  if (query.question.type === 'A' || query.question.type === 'AAAA') sameBothWays(query, bytes);
  if (meaning.kind === 'unsound') return null;
  if (meaning.kind === 'found') check(meaning, query, bytes);
  return meaning;
}

/** What is read as a plain answer must mean the same when it is read as any other. */
function sameBothWays({ question, end }: Query, bytes: Buffer): void {
  if (question.type !== 'A' && question.type !== 'AAAA') return;
  const records = plainRecords(bytes, end, question.type);
  const plain = records === null ? null : plainAnswer(bytes, records, question.type);
  if (plain === null) return;
  const message = readMessage(bytes, end);
  const meaning = message === null ? null : readAnswer(message, question);
  const words = (found: Found) => [found.ttl, found.aliases, found.addresses.map(({ text }) => text)].join();
  if (meaning?.kind !== 'found' || words(meaning) !== words(plain)) throw new Error('a plain answer is read in two ways');
}

function check(found: Found, { question }: Query, bytes: Buffer): void {
  const addresses = [...found.addresses, ...found.services.flatMap((service) => service.addresses)];
  for (const { family, text, value } of addresses) {
    const parsed = parseAddress(text);
    if (parsed === null || parsed.family !== family || parsed.value !== value || parsed.text !== text)
      throw new Error(`${text} is no address`);
  }
  if (question.type === 'A' && found.addresses.some(({ family }) => family !== 4)) throw new Error('an A record holds IPv6');
  for (const { target, port } of found.services) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${port} is no port`);
    if (!host(target)) throw new Error(`${JSON.stringify(target)} is no host name`);
  }
  for (const alias of found.aliases) if (!host(alias)) throw new Error(`${JSON.stringify(alias)} is no host name`);
  if (!Number.isInteger(found.ttl) || found.ttl < 0 || found.ttl > 0x7fff_ffff) throw new Error(`${found.ttl} is no TTL`);
  if (found.addresses.length + found.services.length + found.texts.length === 0) throw new Error('nothing was found');
  compare(found, question, bytes);
}

/**
 * Where dns-packet reads the message at all, it must hold whatever we found in it. Behind a record of a type with texts in it
 * dns-packet goes astray, because it follows their lengths and not RDLENGTH.
 */
function compare(found: Found, { type }: Question, bytes: Buffer): void {
  let answers: readonly { type: string; data?: unknown }[];
  try {
    answers = (decode(bytes).answers ?? []) as readonly { type: string; data?: unknown }[];
  } catch {
    return;
  }
  if (answers.some((answer) => !['A', 'AAAA', 'SRV', 'CNAME'].includes(answer.type))) return;
  const theirs = new Set(answers.filter((answer) => answer.type === type).map(({ data }) => key(data)));
  const ours = type === 'SRV' ? found.services.map(({ target, port }) => `${target}:${port}`) : found.addresses.map(({ text }) => text);
  for (const each of ours) if (!theirs.has(each)) throw new Error(`dns-packet does not see ${each}`);
}

function key(data: unknown): string {
  if (typeof data === 'string') return parseAddress(data)?.text ?? data;
  const { target, port } = data as { target: string; port: number };
  return `${String(target).toLowerCase()}:${port}`;
}

/** Written another way than what it checks. */
function host(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
}
