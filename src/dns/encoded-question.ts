import { encode } from 'dns-packet';
import { isQuestionName } from './message/name.ts';
import type { Question } from './message/question.ts';
import type { Last } from './message/same-answer.ts';
import { randomByte } from './query-id.ts';

/** A question as bytes: id 0, letters in lower case. Made once and copied for each attempt. */
export interface Query {
  readonly question: Question;
  readonly bytes: Buffer;
  /** Where the question section ends. */
  readonly end: number;
  /** Whether its last answer did not fit a datagram: it goes over TCP at once. */
  large: boolean;
  /** Asked in mixed letters in any case, to see what becomes of them. */
  readonly probe: boolean;
  /** It was asked before: someone polls. */
  repeated: boolean;
  /** The last answer that found something. */
  last: Last | null;
}

/** What answers over UDP may measure without being cut by any path (DNS flag day 2020; the `bufsize` plugin's own value). */
export const payloadSize = 1232;

/** Encodes the question with EDNS(0) (RFC 6891). Null when the name cannot stand in a question; dns-packet would encode it silently. */
export function queryFor(question: Question, probe = false): Query | null {
  if (!isQuestionName(question.name)) return null;
  const bytes = encode({
    type: 'query',
    id: 0,
    flags: 0x100, // recursion desired: kube-dns and caches in front refuse to answer some names without it
    questions: [{ type: question.type, class: 'IN', name: question.name.toLowerCase() }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: payloadSize, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
    ],
  });
  return { question, bytes, end: 12 + question.name.length + 2 + 4, large: false, probe, repeated: false, last: null };
}

/** How a server wants to be asked. */
export interface QueryOptions {
  /** Each letter of the name in upper or lower case by chance (draft-vixie-dnsext-dns0x20). */
  readonly mixed: boolean;
  /** With EDNS(0). */
  readonly edns: boolean;
}

/** A copy of the query with the id. */
export function encodeWithId({ bytes, end }: Query, id: number, { mixed, edns }: QueryOptions): Buffer {
  const copy = Buffer.from(edns ? bytes : bytes.subarray(0, end));
  if (!edns) copy[11] = 0;
  copy[0] = id >> 8;
  copy[1] = id & 255;
  if (!mixed) return copy;
  let coins = 0;
  let left = 0;
  for (let at = 13; at < end - 5; at++) {
    const code = copy[at] ?? 0;
    // Length bytes are below 64, and so never a letter.
    if (code < 0x61 || code > 0x7a) continue;
    if (left === 0) {
      coins = randomByte();
      left = 8;
    }
    if ((coins & 1) === 1) copy[at] = code - 32;
    coins >>= 1;
    left--;
  }
  return copy;
}
