import { randomBytes } from 'node:crypto';
import { encode } from 'dns-packet';
import { isQuestionName } from './message/name.ts';
import type { Question } from './message/question.ts';

/** A question as bytes, encoded once and copied for each try, with facts about its responses. The same questions are polled. */
export interface Query {
  readonly question: Question;
  /** The message with id 0 and the name in lower case. */
  readonly bytes: Buffer;
  /** Where the question section ends. */
  readonly end: number;
  /** Whether it is always asked in random case, to see whether a server echoes the case. */
  readonly probesCase: boolean;
  /** Whether its last response did not fit a datagram, so that TCP is used at once. */
  large: boolean;
  /** Whether it was asked before. */
  repeated: boolean;
}

/** The size up to which a response over UDP is not fragmented on any path (DNS flag day 2020; the `bufsize` plugin's default). In bytes. */
export const payloadSize = 1232;

/** Encodes the question with EDNS(0) (RFC 6891). Null when the name cannot be asked; dns-packet would encode it silently. */
export function encodeQuery(question: Question, probesCase = false): Query | null {
  if (!isQuestionName(question.name)) return null;
  const bytes = encode({
    type: 'query',
    id: 0,
    flags: 0x100, // Recursion desired: kube-dns and caches in front refuse to answer some names without it.
    questions: [{ type: question.type, class: 'IN', name: question.name.toLowerCase() }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: payloadSize, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
    ],
  });
  return { question, bytes, end: 12 + question.name.length + 2 + 4, probesCase, large: false, repeated: false };
}

/** The options of one try. */
export interface QueryOptions {
  /** Each letter of the name in upper or lower case at random. */
  readonly randomCase: boolean;
  /** With EDNS(0). */
  readonly edns: boolean;
}

/** A copy of the query with the id. */
export function withId({ bytes, end }: Query, id: number, { randomCase, edns }: QueryOptions): Buffer {
  const copy = Buffer.from(edns ? bytes : bytes.subarray(0, end));
  if (!edns) copy.writeUInt16BE(0, 10);
  copy.writeUInt16BE(id, 0);
  if (!randomCase) return copy;
  const random = randomBytes(end);
  for (let at = 13; at < end - 5; at++) {
    const code = copy[at] ?? 0;
    // Length bytes are below 64, and so never a letter.
    if (code >= 0x61 && code <= 0x7a && ((random[at] ?? 0) & 1) === 1) copy[at] = code - 32;
  }
  return copy;
}
