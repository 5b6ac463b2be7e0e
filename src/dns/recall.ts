import { type Meaning, readAnswer } from '../core/answer.ts';
import { lastOf, repeated, settled } from '../core/unchanged.ts';
import { readMessage } from '../core/wire.ts';
import type { Query } from './query.ts';

/** Reads an answer that matched the query; one that repeats the last one is not read again. */
export function recall(query: Query, answer: Buffer): Meaning {
  const { last, end } = query;
  const again = last === null ? null : repeated(last, answer, end);
  if (again !== null) return again;
  const message = readMessage(answer, end);
  if (message === null) return { kind: 'unsound', why: 'it is malformed' };
  const meaning = readAnswer(message, query.question);
  if (meaning.kind !== 'found') return meaning;
  const found = last === null ? meaning : settled(last.found, meaning);
  query.last = lastOf(message, found);
  return found;
}
