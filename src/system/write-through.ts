import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two attempts to open a pipe without a reader, or to write to one that is full. */
const pause = 20;

/** Whether the path leads to a character device or a named pipe, where writing replaces no content. */
export async function isStream(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  return stats !== null && (stats.isCharacterDevice() || stats.isFIFO());
}

/**
 * Writes the text to a character device or a named pipe, waiting for a reader of the pipe until the signal. Throws the error of
 * the system (ENOSPC of /dev/full, EPIPE, EACCES, ...), or the signal's reason.
 */
export async function writeThrough(path: string, text: string, signal: AbortSignal): Promise<void> {
  const handle = await openForWriting(path, signal);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      const written = await unlessBusy('EAGAIN', () => handle.write(bytes, at), signal);
      at += written.bytesWritten;
    }
  } finally {
    await handle.close();
  }
}

/** Opens a stream. Without O_NONBLOCK, opening a pipe waits for its reader in the kernel, where no signal handler runs; with it, open(2) fails with ENXIO. */
function openForWriting(path: string, signal: AbortSignal): Promise<FileHandle> {
  return unlessBusy('ENXIO', () => open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY), signal);
}

async function unlessBusy<T>(busy: string, attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== busy) throw error;
    }
    await sleep(pause, undefined, { signal });
  }
}
