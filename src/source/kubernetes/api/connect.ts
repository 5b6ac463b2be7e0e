import { lookup } from 'node:dns';
import { request } from 'node:http';
import { Agent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Credentials } from './credentials.ts';
import type { ApiServer } from './kubeconfig.ts';

/** Milliseconds of silence before TCP keep-alive probes; the kernel gives up some seconds later. */
const keepAliveAfter = 10_000;
/** Milliseconds within which a proxy must answer. */
const proxyTimeout = 5_000;

/** The connections to one API server with one set of credentials. */
export function openAgent({ url, insecure, serverName, proxy }: ApiServer, { authority, certificate, key }: Credentials): Agent {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const tls = {
    ...(authority !== null && { ca: authority }),
    ...(certificate !== null && key !== null && { cert: certificate, key }),
    ...(serverName !== null && { servername: serverName }),
    rejectUnauthorized: !insecure,
  };
  const agent = new Agent({ ...tls, keepAlive: true, keepAliveMsecs: keepAliveAfter, lookup: rotatingLookup() });
  if (proxy !== null) {
    Object.assign(agent, {
      createConnection: (_: unknown, done: (error: Error | null, socket?: Socket) => void) => {
        throughProxy(proxy, `${url.hostname}:${url.port || 443}`).then(
          (socket) => done(null, connectTls({ ...tls, socket, servername: serverName ?? (/^[\d.]+$|:/.test(host) ? '' : host), host })),
          (error: Error) => done(error),
        );
      },
    });
  }
  return agent;
}

/**
 * A lookup function with which each connection tries another address first: several API servers may be behind one name, and one of them
 * may accept connections without answering.
 */
function rotatingLookup(): LookupFunction {
  let turn = 0;
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null || found.length === 0) return done(error, '', 0);
      const first = turn++ % found.length;
      const addresses = [...found.slice(first), ...found.slice(0, first)];
      if (options.all === true) return done(null, addresses);
      done(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
    });
  };
}

/** A connection through an HTTP proxy (RFC 9110, section 9.3.6). */
function throughProxy(proxy: URL, target: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { hostname, port, username, password } = proxy;
    const asUser = username === '' ? {} : { 'proxy-authorization': `Basic ${basic(username, password)}` };
    const sent = request({
      host: hostname,
      port: port || 80,
      method: 'CONNECT',
      path: target,
      agent: false,
      headers: { host: target, ...asUser },
    });
    // For the whole answer: a proxy that sends a byte now and then is not idle.
    const timer = setTimeout(() => sent.destroy(new Error(`the proxy ${hostname} does not answer`)), proxyTimeout);
    sent.once('close', () => clearTimeout(timer));
    sent.once('error', reject);
    sent.once('response', ({ statusCode }) => sent.destroy(new Error(`the proxy ${hostname} answered ${statusCode}`)));
    sent.once('connect', ({ statusCode }, socket) => {
      clearTimeout(timer);
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy ${hostname} answered ${statusCode}`));
    });
    sent.end();
  });
}

function basic(username: string, password: string): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
}
