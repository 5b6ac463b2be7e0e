import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { createServer as createHttpsServer, request as requestOverTls } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { startCluster } from '../../demo/cluster.ts';
import type { Haproxy } from '../../demo/haproxy.ts';
import { reservePort } from '../../demo/ports.ts';
import { exampleOnLoopback, exampleScene, putExample } from './examples.ts';
import { folderOf } from './folder.ts';
import { runHaproxy } from './haproxy.ts';
import { podfront } from './podfront.ts';

/** An example that runs: rendered by podfront, served by the real HAProxy. */
export interface Served {
  readonly folder: string;
  readonly haproxy: Haproxy;
  /** The port of this machine for a port of 198.51.100.2. */
  readonly port: (number: number) => number;
  /** A certificate of the example, to trust it. */
  readonly certificate: (name: string) => string;
}

/** The texts of an example that are others on this machine, each with its replacement. */
export type Changes = Readonly<Record<string, string>>;

/** Renders the example for this machine, where 198.51.100.2 is 127.0.0.1 with ports of its own, and starts HAProxy on it. */
export async function serveExample(t: ExecutionContext, name: string, changes: Changes): Promise<Served> {
  const cluster = await startCluster({ scene: exampleScene(name), wildcard: true, host: '127.0.0.254' });
  t.teardown(cluster.close);
  let { config } = exampleOnLoopback(name, cluster.nameserver);
  const ports = new Map<number, number>();
  for (const [, number] of config.matchAll(/198\.51\.100\.2:(\d+)/g))
    if (!ports.has(Number(number))) ports.set(Number(number), await reservePort());
  const port = (number: number) => ports.get(number) ?? 0;
  config = config.replace(/(198\.51\.100\.2|\[2001:db8::2\]):(\d+)/g, (_, host: string, number) => {
    return `${host.startsWith('[') ? '127.0.0.2' : '127.0.0.1'}:${port(Number(number))}`;
  });
  for (const [from, to] of Object.entries(changes)) config = config.replaceAll(from, to);
  const read = parse(config) as { readonly haproxy?: object };
  // A check has as long as `inter` to connect: on a busy machine a handshake takes its time.
  const defaults = 'default-server inter 1s fall 3 rise 1\ntimeout check 5s';
  const folder = folderOf(t);
  putExample(name, stringify({ ...read, haproxy: { ...read.haproxy, stats: 'none', defaults }, pace: { poll: '100ms' } }), folder);
  const { status, stderr } = await podfront(['render', 'haproxy.cfg'], { cwd: folder });
  t.is(status, 0, stderr);
  const haproxy = await runHaproxy(t, { folder, files: [join(folder, 'haproxy.cfg')] });
  return { folder, haproxy, port, certificate: (file) => readFileSync(join(folder, 'certs', file), 'utf8') };
}

/** A server of the test: over TLS with the PEM file, else plain. Closed when the test ends. */
export async function listenOn(t: ExecutionContext, host: string, port: number, answer: RequestListener, pem?: string): Promise<number> {
  const server: Server = pem === undefined ? createHttpServer(answer) : createHttpsServer({ key: pem, cert: pem }, answer);
  server.listen(port, host);
  await once(server, 'listening');
  t.teardown(() => new Promise<void>((done) => void server.close(() => done())));
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? port : bound.port;
}

/** An HTTP response with its complete body. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Ask {
  readonly port: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For TLS: the name asked for, and the certificate that is trusted. */
  readonly tls?: { readonly servername: string; readonly ca: string };
}

/** One GET on a connection of its own. Rejects when there is no answer. */
export async function ask({ port, path = '/', headers = {}, tls }: Ask): Promise<Reply> {
  const options = { host: '127.0.0.1', port, path, headers: { ...headers }, agent: false } as const;
  const sent = tls === undefined ? request(options) : requestOverTls({ ...options, ...tls });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
