import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { ApiAccess } from '../../../config/config.ts';
import { Problem, problem } from '../../../problem/problem.ts';
import type { Env } from '../../../system/process.ts';
import { type ApiAnswer, answerLimits, wholeAnswer, withoutQuery } from './answer.ts';
import { openAgent } from './connect.ts';
import { type Credentials, checkCredentials, readCredentials } from './credentials.ts';
import { connectionProblem, silent } from './failures.ts';
import { type ApiServer, readApiServer } from './kubeconfig.ts';
import { lineSplitter } from './split-lines.ts';

/** A request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path, with its query. */
  readonly path: string;
  /** The body, which becomes JSON. */
  readonly body?: unknown;
  /** Default: `application/json`; for PATCH a merge patch (RFC 7396). */
  readonly contentType?: string;
}

/** The callbacks of a stream: once it has begun, and for each line. */
export interface StreamHandlers {
  readonly onOpen: () => void;
  readonly onLine: (line: string) => void;
}

/** A client of one API server. It opens connections when they are needed, and reads credentials again for each request. */
export interface ApiClient {
  /** `host:port` */
  readonly name: string;
  readonly server: ApiServer;
  /** Warnings about the way it is reached. */
  readonly warnings: readonly Problem[];
  /**
   * Sends a request, and reads the whole answer.
   * @throws Problem `api.unreachable`, `api.silent`, `api.tls`, `api.credentials`, `api.garbage`; the signal's reason
   */
  readonly request: (request: ApiRequest, signal: AbortSignal) => Promise<ApiAnswer>;
  /**
   * Opens a stream of lines, such as a watch. An answer of another status than 200 is returned at once; otherwise null when the server
   * ends the stream.
   * @param longest milliseconds after which a stream that has not ended is considered dead
   * @throws Problem as `request` does; the signal's reason
   */
  readonly stream: (path: string, on: StreamHandlers, longest: number, signal: AbortSignal) => Promise<ApiAnswer | null>;
  readonly close: () => void;
}

/** Milliseconds within which an answer must begin. */
const beginTimeout = 10_000;

/**
 * Opens a client.
 *
 * @param env the environment, for `inCluster`
 * @throws Problem `api.kubeconfig`, `api.not-in-cluster`
 */
export function openApiClient(access: ApiAccess, env: Env): ApiClient {
  const server = readApiServer(access, env);
  const name = `${server.url.hostname}:${server.url.port || 443}`;
  let current: { readonly credentials: Credentials; readonly agent: Agent } | null = null;

  /** The agent for the current credentials. Connections with earlier ones end with their requests. */
  function connections(): { readonly credentials: Credentials; readonly agent: Agent } {
    const credentials = readCredentials(server);
    const { token: _, ...ofConnection } = credentials;
    if (current !== null) {
      const { token: __, ...before } = current.credentials;
      if (isDeepStrictEqual(before, ofConnection)) return { credentials, agent: current.agent };
    }
    checkCredentials(server.origin, credentials);
    if (current !== null) retire(current.agent);
    current = { credentials, agent: openAgent(server, credentials) };
    return current;
  }

  /** Sends a request; resolves with the beginning of the answer. */
  function send(one: ApiRequest, signal: AbortSignal, again = true): Promise<IncomingMessage> {
    const { method, path, body, contentType } = one;
    return new Promise((resolve, reject) => {
      const { credentials, agent } = connections();
      const type = contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
      const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const base = server.url.pathname.replace(/\/$/, '');
      const sent = request(new URL(server.url.origin), {
        method,
        path: base + path,
        agent,
        signal,
        headers: {
          accept: 'application/json',
          'user-agent': 'podfront',
          ...(credentials.token !== null && { authorization: `Bearer ${credentials.token}` }),
          // Node sends the body of a DELETE without a length unless it is set here, and the server would take it for the next request.
          ...(text !== undefined && { 'content-type': type, 'content-length': text.length }),
        },
      });
      const timer = setTimeout(() => sent.destroy(silent(name, beginTimeout)), beginTimeout);
      sent.once('close', () => clearTimeout(timer));
      // An error event without a listener ends the process. Node emits one for a request that is aborted twice, and for the socket of a
      // request that is aborted just when its answer has ended, after Node has removed its own listener.
      sent.once('socket', (socket) => {
        if (!socket.listeners('error').includes(ignore)) socket.on('error', ignore);
      });
      sent.on('error', (error) => {
        // The server closed an idle connection just when it was to be used; a GET may be repeated.
        if (again && sent.reusedSocket && method === 'GET' && isCut(error) && !signal.aborted) resolve(send(one, signal, false));
        else reject(error);
      });
      sent.once('response', (response) => {
        clearTimeout(timer);
        response.on('error', ignore);
        resolve(response);
      });
      sent.end(text);
    });
  }

  async function guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof Problem ? error : connectionProblem(name, error);
    }
  }

  return {
    name,
    server,
    warnings: server.insecure ? [problem('api.insecure', { file: server.origin, server: name })] : [],
    request: (one, signal) => guarded(signal, async () => wholeAnswer(name, one.path, await send(one, signal))),
    stream: (path, { onOpen, onLine }, longest, signal) =>
      guarded(signal, async () => {
        const response = await send({ method: 'GET', path }, signal);
        if (response.statusCode !== 200) return wholeAnswer(name, path, response);
        onOpen();
        const timer = setTimeout(() => response.destroy(silent(name, longest)), longest);
        const split = lineSplitter(answerLimits.line, onLine);
        try {
          for await (const chunk of response as AsyncIterable<Buffer>) {
            if (!split(chunk)) throw problem('api.garbage', { server: name, path: withoutQuery(path), why: 'a line is too long' });
          }
          return null;
        } finally {
          clearTimeout(timer);
        }
      }),
    close: () => current?.agent.destroy(),
  };
}

function ignore(): void {}

/** Closes the idle connections of an agent now, and the others when their requests end. */
function retire(agent: Agent): void {
  Object.assign(agent, { keepAlive: false });
  for (const idle of Object.values(agent.freeSockets)) for (const socket of idle ?? []) socket.destroy();
}

function isCut({ code = '' }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}
