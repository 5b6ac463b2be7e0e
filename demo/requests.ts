import { get } from 'node:http';

/** Which pods answered, and how often; `failed` counts the requests without a good answer among those sent. */
export interface Answers {
  readonly answers: ReadonlyMap<string, number>;
  readonly sent: number;
  readonly failed: number;
}

/**
 * Sends requests to a port of `host`, one after the other, each on a connection of its own, until every pod of `expected` has answered,
 * or 20 requests a pod were sent. Rejects when `signal` says so.
 */
export async function answeringPods(host: string, port: number, expected: readonly string[], signal: AbortSignal): Promise<Answers> {
  const answers = new Map<string, number>();
  let [sent, failed] = [0, 0];
  while (sent < 20 * expected.length && expected.some((pod) => !answers.has(pod))) {
    const pod = await request(host, port, signal);
    signal.throwIfAborted();
    sent++;
    if (pod === null) failed++;
    else answers.set(pod, (answers.get(pod) ?? 0) + 1);
  }
  return { answers, sent, failed };
}

/** The address of the pod that answered; null when none did. */
async function request(host: string, port: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((done) => {
    const sent = get({ host, port, path: '/', agent: false, timeout: 5000, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', () => done(null));
      response.on('end', () => done(/^pod (\S+)\n$/.exec(body)?.[1] ?? null));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => done(null));
  });
}
