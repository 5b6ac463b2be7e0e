import type { Query } from './encoded-question.ts';
import { plainAnswer, plainRecords } from './message/address-answer.ts';
import { type ParsedResponse, readAnswer } from './message/read-answer.ts';
import { readMessage } from './message/read-message.ts';
import { lastFound, lastOf, lastOfPlain, reordered, repeated, settled } from './message/same-answer.ts';

/** Reads an answer that matched the query; one that repeats the last one is not read again. */
export function readResponse(query: Query, answer: Buffer): ParsedResponse {
  const { last, end } = query;
  const again = last === null ? null : repeated(last, answer, end);
  if (again !== null) return again;
  const { type } = query.question;
  if (type === 'A' || type === 'AAAA') {
    const records = plainRecords(answer, end, type);
    const same = last === null || records === null ? null : reordered(last, answer, records);
    if (same !== null) return same;
    const plain = records === null ? null : plainAnswer(answer, records, type);
    if (records !== null && plain !== null) {
      const found = last === null ? plain : settled(last.found, plain);
      // Who asks once needs no more than what was found.
      query.last = last === null || type === 'AAAA' ? lastFound(found) : lastOfPlain(answer, records, found);
      return found;
    }
  }
  const message = readMessage(answer, end);
  if (message === null) return { kind: 'unsound', why: 'it is malformed' };
  const meaning = readAnswer(message, query.question);
  if (meaning.kind !== 'found') return meaning;
  const found = last === null ? meaning : settled(last.found, meaning);
  query.last = last === null ? lastFound(found) : lastOf(message, found);
  return found;
}
