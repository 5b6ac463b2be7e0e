import { type Meaning, readAnswer } from '../core/answer.ts';
import { plainAnswer } from '../core/plain-answer.ts';
import { lastFound, lastOf, lastOfPlain, repeated, settled } from '../core/unchanged.ts';
import { readMessage } from '../core/wire.ts';
import type { Query } from './query.ts';

/** Reads an answer that matched the query; one that repeats the last one is not read again. */
export function recall(query: Query, answer: Buffer): Meaning {
  const { last, end } = query;
  const again = last === null ? null : repeated(last, answer, end);
  if (again !== null) return again;
  const { type } = query.question;
  const plain = type === 'A' || type === 'AAAA' ? plainAnswer(answer, end, type) : null;
  if (plain !== null) {
    const found = last === null ? plain.found : settled(last.found, plain.found);
    query.last = last === null ? lastFound(found) : lastOfPlain(answer, plain, found);
    return found;
  }
  const message = readMessage(answer, end);
  if (message === null) return { kind: 'unsound', why: 'it is malformed' };
  const meaning = readAnswer(message, query.question);
  if (meaning.kind !== 'found') return meaning;
  const found = last === null ? meaning : settled(last.found, meaning);
  query.last = last === null ? lastFound(found) : lastOf(message, found);
  return found;
}
