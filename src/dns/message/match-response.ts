/** The reason why a received message was dropped. The question stays open, because the true response may still come. */
export type DropReason = 'short' | 'id' | 'query' | 'question' | 'case' | 'malformed';

/** The result of comparing header and question: a response to read further, one with the TC bit, or a message to drop. */
export type ResponseMatch =
  | { readonly kind: 'complete' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

/**
 * Compares a message with the query that it should answer: same id, a response to a standard query, and one question, which is
 * ours byte for byte; in another letter case only where `sameCase` is false (RFC 5452, section 9.1; draft-vixie-dnsext-dns0x20).
 *
 * @param end where the question ends in the query, and so in the response
 */
export function matchResponse(message: Uint8Array, query: Uint8Array, end: number, sameCase: boolean): ResponseMatch {
  if (message.length < 12) return dropped('short');
  if (message[0] !== query[0] || message[1] !== query[1]) return dropped('id');
  const flags = message[2] ?? 0;
  // QR set, opcode QUERY.
  if ((flags & 0xf8) !== 0x80) return dropped('query');
  if (message[4] !== 0 || message[5] !== 1 || message.length < end) return dropped('question');
  let otherCase = false;
  for (let at = 12; at < end; at++) {
    const got = message[at] ?? 0;
    const want = query[at] ?? 0;
    if (got === want) continue;
    // Letters differ in bit 5 from themselves in the other case; type and class, the last four bytes, have no case.
    if (at >= end - 4 || (got ^ want) !== 0x20 || !isLetter(got)) return dropped('question');
    otherCase = true;
  }
  if (otherCase && sameCase) return dropped('case');
  return { kind: (flags & 2) !== 0 ? 'truncated' : 'complete' };
}

/**
 * Whether the first record's owner has the letter case of the query. A compression pointer to the question always has; a cache that keeps the
 * case of another client's query writes the name out. True where the owner is another name.
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

function dropped(reason: DropReason): ResponseMatch {
  return { kind: 'dropped', reason };
}
