import { lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { StatusAddress } from '../config/config.ts';
import { hostPort } from '../ip/address.ts';
import { problem } from '../problem/problem.ts';
import { reasonOf } from '../system/system-error.ts';
import { limitConnections } from './connections.ts';
import { isAddressedDirectly } from './host-header.ts';
import { respondTo, type StatusResponse, type StatusWorld } from './respond.ts';

/** The server of the status address. */
export interface StatusServer {
  /** The port it listens on; null for a unix socket. */
  readonly port: number | null;
  readonly close: () => Promise<void>;
}

const plainText = 'text/plain; charset=utf-8';

/** Options of the server; times in milliseconds. By default, Node checks connections against the two timeouts only every 30 s. */
const serverOptions = { maxHeaderSize: 8_192, headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };

/** The most connections at a time. */
const maxConnections = 64;

/** The smallest response that is compressed for clients that accept it, in bytes. */
const leastCompressed = 4_096;

/**
 * Serves the status page at `/` and `/listen/NAME`, `/healthz` (the daemon is not stuck), `/readyz` (after the first successful
 * reconciliation), `/metrics`, `/status`, `/status/NAME` and `/docs/`; over TCP only to requests whose Host is an address or localhost.
 *
 * @throws Problem `watch.status-address`
 */
export async function serveStatus(address: StatusAddress, world: StatusWorld): Promise<StatusServer> {
  const server = createServer(serverOptions, (request, response) => {
    const answer = address.kind === 'tcp' && !isAddressedDirectly(request.headers.host) ? misdirected() : respondTo(request, world);
    answer.then(
      (answer) => reply(request, response, answer).catch(() => response.destroy()),
      () => reply(request, response, { status: 500, type: plainText, text: 'no answer\n' }),
    );
  });
  limitConnections(server, maxConnections);
  // Otherwise thousands of requests in one packet would hold up the daemon, and their responses fill its memory.
  server.maxRequestsPerSocket = 1;
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

/** The status address as text, in the form of the configuration. */
export function statusAddressText(address: StatusAddress): string {
  return address.kind === 'unix' ? address.path : hostPort(address.address.text, address.port);
}

/** The response Misdirected Request (RFC 9110 15.5.20). */
async function misdirected(): Promise<StatusResponse> {
  return { status: 421, type: plainText, text: 'use the address itself, or localhost\n' };
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, text, headers: more }: StatusResponse,
): Promise<void> {
  const compress = text.length >= leastCompressed && acceptsGzip(request.headers['accept-encoding']);
  const body = compress ? await gzipped(text) : Buffer.from(text);
  const headers = {
    ...more,
    ...(compress && { 'content-encoding': 'gzip' }),
    vary: 'accept, accept-encoding',
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
    // One request per connection: see serveStatus.
    connection: 'close',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
}

const gzipped: (text: string) => Promise<Buffer> = promisify((text: string, done: (error: Error | null, result: Buffer) => void) =>
  gzip(text, { level: 1 }, done),
);

/** Whether a client accepts gzip (RFC 9110 12.5.3). */
function acceptsGzip(accepted: string | string[] | undefined): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(accepted ?? ''));
}

/** Removes the socket file of a process that has ended: no process accepts connections there, and it would prevent listening. */
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
