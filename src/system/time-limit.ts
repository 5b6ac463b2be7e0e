import { setMaxListeners } from 'node:events';

/**
 * Runs work with a signal that aborts when the given one does, or once a time is over. `AbortSignal.any([signal, AbortSignal.timeout(ms)])`
 * is not used: Node 20 collects it as garbage while the work still waits, and it never aborts (seen with 20.20.2, not with 22.23.3).
 *
 * @param limit the time, in milliseconds
 */
export async function withTimeLimit<T>(limit: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limited = new AbortController();
  const abort = () => limited.abort(signal.reason);
  const timer = setTimeout(() => limited.abort(new DOMException(`no end within ${limit} ms`, 'TimeoutError')), limit);
  // Each of many works at once adds a listener, of which Node would warn.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await work(limited.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
