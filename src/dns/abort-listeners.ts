/** A function that calls the listener when the signal aborts, until the function that it returns is called. */
export type OnAbort = (signal: AbortSignal, listener: () => void) => () => void;

/**
 * Shares one event listener among all listeners to the same signal. A thousand questions on one signal are normal, but Node warns of
 * more than ten listeners and searches all of them for each new one.
 */
export function shareAbortListeners(): OnAbort {
  const shared = new Map<AbortSignal, Set<() => void>>();

  function onAbort(event: Event): void {
    const { target } = event;
    if (target instanceof AbortSignal) for (const listener of shared.get(target) ?? []) listener();
  }

  return (signal, listener) => {
    const listeners = shared.get(signal) ?? new Set();
    if (listeners.size === 0) signal.addEventListener('abort', onAbort);
    shared.set(signal, listeners.add(listener));
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      shared.delete(signal);
      signal.removeEventListener('abort', onAbort);
    };
  };
}
