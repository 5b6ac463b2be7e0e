import { channel } from 'node:diagnostics_channel';

/** The channel for requests to other programs and servers, which `--log-level debug` logs. */
const traces = channel('podfront.trace');

/** Publishes one sentence, which is built only where there is a listener. It must not contain a secret. */
export function trace(sentence: () => string): void {
  if (traces.hasSubscribers) traces.publish(sentence());
}

/** Calls the listener with each sentence from now on. Returns a function that ends this. */
export function onTrace(listener: (sentence: string) => void): () => void {
  const subscriber = (message: unknown) => listener(String(message));
  traces.subscribe(subscriber);
  return () => void traces.unsubscribe(subscriber);
}
