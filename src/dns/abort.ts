const watched = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `cancel` when the signal aborts; returns how to call that off. One listener serves all questions under a signal:
 * an EventTarget walks its whole list for each listener it adds, which a thousand questions would feel.
 */
export function onAbort(signal: AbortSignal, cancel: () => void): () => void {
  let cancels = watched.get(signal);
  if (cancels === undefined) {
    const made = new Set<() => void>();
    cancels = made;
    watched.set(signal, made);
    signal.addEventListener('abort', () => {
      for (const each of [...made]) each();
    });
  }
  const all = cancels;
  all.add(cancel);
  return () => {
    all.delete(cancel);
  };
}
