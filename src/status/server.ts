import { lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { StatusAddress } from '../config/config.ts';
import { hostPort } from '../ip/address.ts';
import { problem } from '../problem/problem.ts';
import { reasonOf } from '../system/system-error.ts';
import { limitConnections } from './connections.ts';
import type { Exposition } from './exposition.ts';
import { isAddressedDirectly } from './host-header.ts';
import type { Page } from './page/cached-page.ts';
import type { Status } from './status.ts';

/** The server of the status address. */
export interface StatusServer {
  /** The port it listens on; null for a unix socket. */
  readonly port: number | null;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const plain = 'text/plain; charset=utf-8';

/** Times in milliseconds. Node looks for connections beyond the two timeouts only every 30 s unless told otherwise. */
const serverOptions = { maxHeaderSize: 8_192, headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };

/** The most connections at a time. */
const maxConnections = 64;

/**
 * Serves the status page at `/`, `/healthz` (the daemon is not stuck), `/readyz` (after the first successful reconciliation),
 * `/metrics` and `/status`; over TCP only to requests whose Host is an address or localhost.
 *
 * @param status gives the status; null while the daemon is stuck
 * @throws Problem `watch.status-address`
 */
export async function serveStatus(
  address: StatusAddress,
  status: () => Status | null,
  exposition: Exposition,
  page: Page,
): Promise<StatusServer> {
  const server = createServer(serverOptions, (request, response) => {
    const answer =
      address.kind === 'tcp' && !isAddressedDirectly(request.headers.host) ? misdirected() : answerTo(request, status, exposition, page);
    answer.then(
      (answer) => reply(request, response, answer),
      () => reply(request, response, { status: 500, type: plain, text: 'no answer\n' }),
    );
  });
  limitConnections(server, maxConnections);
  if (address.kind === 'unix') await removeStale(address.path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(problem('watch.status-address', { address: statusAddressText(address), why: reasonOf(error) })),
    );
    server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.address.text, port: address.port }, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The status address as the configuration has it. */
export function statusAddressText(address: StatusAddress): string {
  return address.kind === 'unix' ? address.path : hostPort(address.address.text, address.port);
}

async function answerTo(
  { method, url }: IncomingMessage,
  current: () => Status | null,
  exposition: Exposition,
  page: Page,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: plain, text: 'only GET\n' };
  const status = current();
  switch ((url ?? '').split('?')[0]) {
    case '/':
      return { status: status === null ? 503 : 200, type: 'text/html; charset=utf-8', text: page.text(status), headers: page.headers };
    case '/healthz':
      return status === null ? { status: 503, type: plain, text: 'stuck\n' } : { status: 200, type: plain, text: 'ok\n' };
    case '/readyz':
      return status?.ready ? { status: 200, type: plain, text: 'ready\n' } : { status: 503, type: plain, text: 'not ready\n' };
    case '/metrics':
      if (status === null) break;
      return { status: 200, type: exposition.contentType, text: await exposition.text(status) };
    case '/status':
      if (status === null) break;
      return { status: 200, type: 'application/json', text: `${JSON.stringify(status, null, 2)}\n` };
    default:
      return { status: 404, type: plain, text: 'the paths are /, /healthz, /readyz, /metrics and /status\n' };
  }
  return { status: 503, type: plain, text: 'stuck\n' };
}

/** Answers with Misdirected Request (RFC 9110 15.5.20). */
async function misdirected(): Promise<Answer> {
  return { status: 421, type: plain, text: 'use the address itself, or localhost\n' };
}

function reply({ method }: IncomingMessage, response: ServerResponse, { status, type, text, headers: more }: Answer): void {
  const headers = {
    ...more,
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, headers).end(method === 'HEAD' ? undefined : text);
}

/** Removes the socket file of a process that has ended: nothing answers on it, and it would prevent listening. */
async function removeStale(path: string): Promise<void> {
  const file = await lstat(path).catch(() => null);
  if (file?.isSocket() !== true) return;
  const dead = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
      .once('connect', () => {
        probe.destroy();
        resolve(false);
      })
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (dead) await unlink(path).catch(() => {});
}
