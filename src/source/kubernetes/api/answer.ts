import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { problem } from '../../../problem/problem.ts';
import { silent } from './failures.ts';

/** An answer of the API, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  /** The parsed JSON; null where there is none. */
  readonly body: unknown;
  /** The server's clock when it answered, in milliseconds since 1970; null where it does not say. */
  readonly date: number | null;
  /** The server's certificate; null where it cannot be told. Times in milliseconds since 1970. */
  readonly certificate: { readonly validFrom: number; readonly validTo: number; readonly subject: string } | null;
}

/** The largest answers, in bytes: a whole one, and a line of a stream. etcd takes objects of 1.5 MiB. */
export const answerLimits = { whole: 64 * 1024 * 1024, line: 8 * 1024 * 1024 };
/** Milliseconds within which a whole answer must have arrived. */
const wholeTimeout = 30_000;

/**
 * Reads an answer to its end.
 * @throws Problem `api.silent`, and `api.garbage` for an answer that is too large or, with status 2xx, not JSON
 */
export async function wholeAnswer(server: string, path: string, response: IncomingMessage): Promise<ApiAnswer> {
  const garbage = (why: string) => problem('api.garbage', { server, path: withoutQuery(path), why });
  const certificate = certificateOf(response);
  const timer = setTimeout(() => response.destroy(silent(server, wholeTimeout)), wholeTimeout);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      parts.push(chunk);
      size += chunk.length;
      if (size > answerLimits.whole) throw garbage(`it has more than ${answerLimits.whole} bytes`);
    }
  } finally {
    clearTimeout(timer);
  }
  const status = response.statusCode ?? 0;
  const date = Date.parse(response.headers.date ?? '');
  const body = parsed(Buffer.concat(parts).toString('utf8'));
  if (body === undefined && status >= 200 && status <= 299) throw garbage('it is not JSON');
  return { status, body: body ?? null, date: Number.isNaN(date) ? null : date, certificate };
}

function certificateOf({ socket }: IncomingMessage): ApiAnswer['certificate'] {
  if (!(socket instanceof TLSSocket)) return null;
  const { subject, valid_from: from, valid_to: to } = socket.getPeerCertificate();
  return to === undefined ? null : { validFrom: Date.parse(from), validTo: Date.parse(to), subject: String(subject?.CN ?? '') };
}

/** The path without its query, for messages. */
export function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

/** The value of a JSON text; undefined where the text is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
