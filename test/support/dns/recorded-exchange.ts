import { readdirSync, readFileSync } from 'node:fs';
import { encode } from 'dns-packet';
import type { Question } from '../../../src/dns/message/question.ts';
import { encodeQuery, type Query, withId } from '../../../src/dns/query.ts';
import type { Packet } from '../coredns/exchange.ts';

/** A query and a well-formed response to it. */
export interface Exchange {
  readonly query: Query;
  /** The query as it was sent. */
  readonly message: Buffer;
  readonly response: Buffer;
}

/** What was recorded from CoreDNS, and some exchanges that it does not have. */
export function recordedExchanges(): readonly Exchange[] {
  const folder = new URL('../../../fixtures/wire/dns/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.startsWith('coredns-'));
  const packets = files.flatMap((name) => (JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { packets: Packet[] }).packets);
  const recorded = packets
    .filter(({ response }) => response.length < 4000)
    .map((packet) => exchangeOf(packet, Buffer.from(packet.response, 'base64')));
  return [...recorded, ...others()];
}

function exchangeOf({ name, type }: Question, response: Buffer): Exchange {
  const query = encodeQuery({ name, type });
  if (query === null) throw new Error(`${name} cannot be asked`);
  const message = withId(query, 0x1234, { randomCase: false, edns: true });
  response.writeUInt16BE(0x1234, 0);
  return { query, message, response };
}

function others(): readonly Exchange[] {
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
  return [exchangeOf({ name, type: 'AAAA' }, aaaa), exchangeOf({ name, type: 'TXT' }, txt)];
}
