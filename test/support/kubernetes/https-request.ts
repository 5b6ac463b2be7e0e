import { request } from 'node:https';

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly body: unknown;
}

/** One HTTPS request of a test. */
export interface HttpsRequest {
  readonly url: string;
  readonly method: string;
  readonly ca: string;
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly body?: unknown;
}

/** Sends a request, on a connection of its own, and reads the whole answer. A PATCH is a merge patch. */
export function httpsRequest({ url, method, ca, token, cert, key, body }: HttpsRequest): Promise<Answer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': type }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, cert, key, headers, agent: false, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text, body: parsed(text) }));
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer`)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
