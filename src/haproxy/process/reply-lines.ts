/**
 * Characters of a line that HAProxy sends: it writes each row of a table into a buffer of 16 kB (`tune.bufsize`), which some enlarge. A
 * longer one is not from HAProxy.
 */
const maxLine = 65_536;

/** The lines of a reply, one after the other, so that 32 MB of them are never there at once; null in place of one that is too long, which ends them. */
export function* replyLines(text: string): Generator<string | null> {
  for (let start = 0; start < text.length; ) {
    const at = text.indexOf('\n', start);
    const end = at < 0 ? text.length : at;
    if (end - start > maxLine) {
      yield null;
      return;
    }
    yield text.slice(start, end);
    start = end + 1;
  }
}
