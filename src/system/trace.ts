import { channel } from 'node:diagnostics_channel';

/** What podfront asked of others, for `--log-level debug`. */
const traces = channel('podfront.trace');

/** Publishes one sentence, which is made only where somebody listens. It must hold no secret. */
export function trace(sentence: () => string): void {
  if (traces.hasSubscribers) traces.publish(sentence());
}

/** Calls the listener with each sentence that is published from now on. Returns how to end that. */
export function onTrace(listener: (sentence: string) => void): () => void {
  const subscriber = (message: unknown) => listener(String(message));
  traces.subscribe(subscriber);
  return () => void traces.unsubscribe(subscriber);
}
