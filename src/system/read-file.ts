import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { Problem, problem } from '../problem/problem.ts';
import { followLinks } from './follow-links.ts';
import { reasonOf } from './system-error.ts';

/** The outcome of reading a file; `why` is a clause for people, such as `permission denied`. */
export type FileContent =
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** The largest output that is read, in bytes: 100,000 server lines of 600 bytes. */
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Reads a regular file of at most `maxBytes`, or /dev/null. Kind and size are checked on the open descriptor, which is
 * opened without blocking (open(2), O_NONBLOCK): a named pipe, a device, a folder or a file that grows cannot hold podfront
 * up or fill its memory.
 */
export function readFileBounded(path: string, maxBytes: number): FileContent {
  return withOpened(path, (fd) => (kindOf(fd) === 'regular' ? bounded(fd, maxBytes) : notAFile(fd)));
}

/**
 * Reads a file that the user named on the command line: as `readFileBounded`, or an anonymous pipe to its end, such as a
 * shell's `<(command)` or /dev/stdin. Rejects with the signal's reason.
 */
export async function readInput(path: string, maxBytes: number, signal: AbortSignal): Promise<FileContent> {
  let pipe: number | null = null;
  const content = withOpened(path, (fd) => {
    const kind = kindOf(fd);
    if (kind === 'regular') return bounded(fd, maxBytes);
    if (kind !== 'pipe') return notAFile(fd);
    pipe = fd;
    return null;
  });
  return content ?? readStream(new Socket({ fd: pipe ?? -1, readable: true, writable: false }), maxBytes, signal);
}

/** Reads a stream, such as standard input, to its end. Rejects with the signal's reason. */
export async function readStream(stream: Readable, maxBytes: number, signal: AbortSignal): Promise<FileContent> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of addAbortSignal(signal, stream) as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size > maxBytes) return tooLarge(maxBytes);
    }
    return { kind: 'content', bytes: Buffer.concat(parts) };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unreadable', why: reasonOf(error) };
  } finally {
    stream.destroy();
  }
}

/** Reads a file that podfront itself wrote, as `readFileBounded`. Rejects with Problem `system.foreign-link`. */
export async function readOwnFile(path: string, maxBytes: number): Promise<FileContent> {
  try {
    return readFileBounded(await followLinks(path), maxBytes);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'absent' } : { kind: 'unreadable', why: reasonOf(error) };
  }
}

/**
 * Reads the output of podfront; null when there is none.
 * @throws Problem `usage.unreadable`, `system.foreign-link`
 */
export async function readOutput(file: string): Promise<string | null> {
  const content = await readOwnFile(file, maxOutputBytes);
  if (content.kind === 'unreadable') throw problem('usage.unreadable', { file, why: content.why });
  return content.kind === 'absent' ? null : content.bytes.toString('utf8');
}

/** Opens the file for `read`, and closes it unless that returns null. */
function withOpened<T extends FileContent | null>(path: string, read: (fd: number) => T): T | FileContent {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'absent' } : { kind: 'unreadable', why: reasonOf(error) };
  }
  let kept = false;
  try {
    const content = read(fd);
    kept = content === null;
    return content;
  } catch (error) {
    return { kind: 'unreadable', why: reasonOf(error) };
  } finally {
    if (!kept) closeSync(fd);
  }
}

/** The device number of /dev/null, 1:3 on every Linux (devices.txt of the kernel's documentation). */
export const nullDevice = 0x103;

function kindOf(fd: number): 'regular' | 'pipe' | 'other' {
  const stats = fstatSync(fd);
  if (stats.isFile() || (stats.isCharacterDevice() && stats.rdev === nullDevice)) return 'regular';
  // A named pipe has a path here, and may never get a writer.
  return stats.isFIFO() && readlinkSync(`/proc/self/fd/${fd}`).startsWith('pipe:') ? 'pipe' : 'other';
}

function notAFile(fd: number): FileContent {
  return { kind: 'unreadable', why: otherKind(fstatSync(fd)) };
}

/** What something is that is no regular file, as a clause: `it is a named pipe, not a file`. */
export function otherKind(stats: Stats): string {
  if (stats.isDirectory()) return 'it is a folder';
  return `it is ${stats.isFIFO() ? 'a named pipe' : stats.isSocket() ? 'a socket' : 'a device'}, not a file`;
}

/** Reads to the end, whatever size the file reports: that of files in /proc is 0. */
function bounded(fd: number, maxBytes: number): FileContent {
  const parts: Buffer[] = [];
  for (let size = 0; ; ) {
    const part = Buffer.allocUnsafe(Math.min(Math.max(64 * 1024, fstatSync(fd).size - size), maxBytes + 1 - size));
    const count = readSync(fd, part);
    if (count === 0) return { kind: 'content', bytes: Buffer.concat(parts) };
    parts.push(part.subarray(0, count));
    size += count;
    if (size > maxBytes) return tooLarge(maxBytes);
  }
}

function tooLarge(maxBytes: number): FileContent {
  return { kind: 'unreadable', why: `it has more than ${maxBytes} bytes` };
}
