import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, problem } from '../problem/problem.ts';
import type { Sink } from './process.ts';
import { nullDevice } from './read-file.ts';
import { reasonOf } from './system-error.ts';

/** Milliseconds between two attempts to write to a pipe whose reader is slow. */
const pause = 10;

/** The most text that waits for a slow reader of stderr, in bytes; further text is dropped. */
const maxWaiting = 1024 * 1024;

/** The exit status with which a shell reports a program that SIGPIPE ended: 128 plus the number of the signal. */
const brokenPipe = 141;

/**
 * Opens stdout or stderr for writing. Text is written at once where that is possible, so that nothing is lost when the process
 * ends; a pipe whose reader is slow gets the rest later, until `signal`. A closed pipe of stdout ends the process quietly; errors
 * of stderr are ignored, because they cannot be reported.
 *
 * @param failed is called when stdout cannot be written after `write` has returned
 */
export function openOutput(fd: 1 | 2, stream: NodeJS.WriteStream, signal: AbortSignal, failed: (problem: Problem) => void): Sink {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;

  /** Writes as much as the descriptor takes without waiting, and returns the rest. */
  function writeNow(bytes: Buffer): Buffer {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') return bytes.subarray(at);
        if (fd === 2) break;
        if (code === 'EPIPE') process.exit(brokenPipe);
        throw problem('usage.stdout', { why: reasonOf(error) });
      }
    }
    return Buffer.alloc(0);
  }

  async function writeLater(): Promise<void> {
    while (waiting.length > 0 && !signal.aborted) {
      await sleep(pause);
      const rest = writeNow(Buffer.concat(waiting));
      waiting = rest.length === 0 ? [] : [rest];
      waitingBytes = rest.length;
    }
    waiting = [];
  }

  return {
    write(text) {
      const bytes = Buffer.from(text);
      const first = waiting.length === 0;
      const rest = first ? writeNow(bytes) : bytes;
      if (rest.length === 0 || (fd === 2 && waitingBytes > maxWaiting)) return;
      waiting.push(rest);
      waitingBytes += rest.length;
      if (first) void writeLater().catch(failed);
    },
    closed: isClosed(fd),
    isTTY: stream.isTTY === true,
    columns: stream.columns ?? 80,
  };
}

/**
 * Writes the result of a command, which must not be lost.
 * @throws Problem `usage.stdout` when stdout is closed (`>&-`)
 */
export function writeResult(stdout: Sink, text: string): void {
  if (stdout.closed === true && text !== '') throw problem('usage.stdout', { why: 'it is closed' });
  stdout.write(text);
}

/**
 * Whether the descriptor was closed when podfront started: Node then opens /dev/null there for reading and writing, where a shell's
 * `> /dev/null` is for writing only. Programs that start others may do as Node does, so this counts for results only.
 */
function isClosed(fd: number): boolean {
  try {
    if (fstatSync(fd).rdev !== nullDevice) return false;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & 3) === 2;
  } catch {
    return false;
  }
}
