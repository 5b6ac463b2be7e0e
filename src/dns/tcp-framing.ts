/**
 * Cuts a TCP stream into DNS messages, each behind its length of two bytes (RFC 1035, 4.2.2), however the stream arrives.
 * The messages may share memory with the chunks they came in.
 */
export function frames(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let size = 0;
  /** Bytes that are needed before anything can be taken out. */
  let wanted = 2;

  return (chunk) => {
    held.push(chunk);
    size += chunk.length;
    if (size < wanted) return;
    const all = held.length === 1 ? chunk : Buffer.concat(held, size);
    let at = 0;
    wanted = 2;
    while (all.length - at >= 2) {
      const length = all.readUInt16BE(at);
      if (all.length - at < 2 + length) {
        wanted = 2 + length;
        break;
      }
      take(all.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    held = at === all.length ? [] : [all.subarray(at)];
    size = all.length - at;
  };
}
