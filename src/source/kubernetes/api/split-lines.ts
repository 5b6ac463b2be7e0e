const newline = 10;

/**
 * Splits the chunks of a stream into lines. The function that it returns takes a chunk, calls `onLine` for each complete line, and
 * returns false once a line has more than `maxBytes`.
 */
export function lineSplitter(maxBytes: number, onLine: (line: string) => void): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end);
      if (size + rest.length > maxBytes) return false;
      const line = parts.length === 0 ? rest.toString('utf8') : Buffer.concat([...parts, rest]).toString('utf8');
      [parts, size] = [[], 0];
      start = end + 1;
      if (line !== '') onLine(line);
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    size += chunk.length - start;
    return size <= maxBytes;
  };
}
