import { closeSync, openSync, readSync } from 'node:fs';

/** Reads a file or a pipe piece by piece, so that a full routing table never stands in memory as a whole. Throws what the file system says. */
export function readChunks(file: string, take: (bytes: Uint8Array) => boolean): void {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(256 * 1024);
    for (;;) {
      const length = readSync(fd, buffer, 0, buffer.length, null);
      // Taken by copy: the reader keeps the end of a piece until the next one comes.
      if (length === 0 || !take(Uint8Array.from(buffer.subarray(0, length)))) return;
    }
  } finally {
    closeSync(fd);
  }
}
