import { type DropReason, matchResponse } from './match-response.ts';
import type { Question } from './question.ts';
import { type Answer, readAnswer } from './read-answer.ts';
import { readMessage } from './read-message.ts';

/** The query that a message should answer. */
export interface SentQuery {
  readonly question: Question;
  /** The message as sent. */
  readonly bytes: Buffer;
  /** Where its question section ends. */
  readonly end: number;
  /** The cluster's domain; null where it does not matter. */
  readonly domain: string | null;
  /** Whether the response must have the letter case of the query. */
  readonly sameCase: boolean;
}

/** A message in relation to a query. */
export type Response =
  | Exclude<Answer, { readonly kind: 'malformed' }>
  /** A response with the TC bit: the answer does not fit. */
  | { readonly kind: 'truncated' }
  /** `why` is the rest of a sentence about the message. */
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly why: string };

/** Reads a message as the response to the query. Never throws: a message that makes a reader throw is dropped as malformed. */
export function readResponse(bytes: Buffer, { question, bytes: query, end, domain, sameCase }: SentQuery): Response {
  try {
    const match = matchResponse(bytes, query, end, sameCase);
    if (match.kind === 'dropped') return { ...match, why: 'it answers another question' };
    if (match.kind === 'truncated') return match;
    const message = readMessage(bytes, end);
    const answer: Answer = message === null ? { kind: 'malformed', why: 'it is malformed' } : readAnswer(message, question, domain);
    return answer.kind === 'malformed' ? { kind: 'dropped', reason: 'malformed', why: answer.why } : answer;
  } catch (error) {
    return { kind: 'dropped', reason: 'malformed', why: `it cannot be read (${String(error)})` };
  }
}
