/** Why a message that arrived was not taken; the wait for the true one goes on. */
export type Dropped = 'short' | 'id' | 'query' | 'question' | 'case' | 'unsound' | 'late';

/** What the header and the question say of a message: `answer` may be read on, `cut` is an answer with the truncation bit. */
export type Match = 'answer' | 'cut' | { readonly dropped: Dropped };

/**
 * Holds a message against the query it should answer: same id, a response to a standard query, and one question, which is
 * ours byte for byte; in other letter case only where `caseKept` is false (RFC 5452, 9.1; draft-vixie-dnsext-dns0x20).
 *
 * @param end where the question ends in the query, and so in the answer
 */
export function matchResponse(message: Uint8Array, query: Uint8Array, end: number, caseKept: boolean): Match {
  if (message.length < 12) return { dropped: 'short' };
  if (message[0] !== query[0] || message[1] !== query[1]) return { dropped: 'id' };
  const flags = message[2] ?? 0;
  // QR set, opcode QUERY.
  if ((flags & 0xf8) !== 0x80) return { dropped: 'query' };
  if (message[4] !== 0 || message[5] !== 1 || message.length < end) return { dropped: 'question' };
  let folded = false;
  for (let at = 12; at < end; at++) {
    const got = message[at] ?? 0;
    const want = query[at] ?? 0;
    if (got === want) continue;
    // The name's letters differ in bit 5 only; type and class, the last four bytes, have no case.
    if (at >= end - 4 || (got ^ want) !== 0x20 || !isLetter(got)) return { dropped: 'question' };
    folded = true;
  }
  if (folded && caseKept) return { dropped: 'case' };
  return (flags & 2) !== 0 ? 'cut' : 'answer';
}

/**
 * Whether the first record's owner has the letters of the query. A pointer to the question has; a cache that keeps names as
 * somebody else asked for them writes them out. True where the owner is another name.
 */
export function echoesCase(message: Uint8Array, query: Uint8Array, end: number): boolean {
  for (let at = 12; at < end - 4; at++) {
    const got = message[at - 12 + end] ?? 0;
    const asked = query[at] ?? 0;
    if (got !== asked) return (got ^ asked) !== 0x20 || !isLetter(got);
  }
  return true;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
