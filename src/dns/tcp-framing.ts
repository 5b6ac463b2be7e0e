/**
 * Splits a TCP stream into DNS messages, each after its length of two bytes (RFC 1035, section 4.2.2), however the stream arrives.
 * It keeps at most one unfinished message, so at most 65,536 bytes. The messages may share memory with the chunks they came in.
 */
export function splitFrames(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let buffered = Buffer.alloc(0);
  /** Bytes of `held` that have arrived. */
  let filled = 0;

  return (chunk) => {
    let rest = chunk;
    if (filled > 0) {
      // First the length, then the message of that length: `held` grows once.
      for (;;) {
        const wanted = filled < 2 ? 2 : 2 + buffered.readUInt16BE(0);
        if (buffered.length < wanted) buffered = Buffer.concat([buffered.subarray(0, filled)], wanted);
        const copied = rest.copy(buffered, filled, 0, wanted - filled);
        filled += copied;
        rest = rest.subarray(copied);
        if (filled < wanted) return;
        if (filled > 2 || buffered.readUInt16BE(0) === 0) break;
      }
      onMessage(buffered.subarray(2, filled));
    }
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      onMessage(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
    filled = rest.length;
    // A copy, so that the rest does not keep its chunk in memory.
    buffered = Buffer.from(rest);
  };
}
