import { lookup } from 'node:dns/promises';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import { type Address, parseAddress } from '../ip/address.ts';
import { connectionReasonOf } from '../system/system-error.ts';
import type { PresentedCertificate } from './judge/certificate.ts';

/** The port of the API server in the NixOS modules (services.kubernetes.apiserver.securePort). */
export const apiPort = 6443;

/** The result of asking the API server. */
export interface ApiProbe {
  /** Addresses that the master's name resolves to on this machine. */
  readonly addresses: readonly Address[];
  /** The reason why the name does not resolve; null when it does. */
  readonly unresolved: string | null;
  readonly answer:
    | {
        readonly ok: true;
        readonly status: number;
        readonly ahead: number | null;
        readonly certificate: PresentedCertificate | null;
        readonly protocol: string;
      }
    | { readonly ok: false; readonly why: string };
}

const timeout = 3_000;

/**
 * Looks the master up and asks its API server for `/version` over TLS. Any status is an answer: anonymous requests may be
 * denied. The certificate is read, not verified: this machine has no CA of the cluster, and no secret is sent.
 */
export async function probeApi(master: string, signal: AbortSignal): Promise<ApiProbe> {
  const found = await addressesOf(master, signal);
  if (typeof found === 'string') return { addresses: [], unresolved: found, answer: { ok: false, why: 'its name does not resolve' } };
  const [first] = found;
  return {
    addresses: found,
    unresolved: null,
    answer: first === undefined ? { ok: false, why: 'no address' } : await ask(master, first.text, signal),
  };
}

async function addressesOf(master: string, signal: AbortSignal): Promise<readonly Address[] | string> {
  const own = parseAddress(master);
  if (own !== null) return [own];
  // getaddrinfo(3) cannot be cancelled, only ignored.
  const expired = new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve('the lookup took too long'), timeout);
    timer.unref();
    signal.addEventListener('abort', () => resolve('the lookup took too long'), { once: true });
  });
  const asked = lookup(master, { all: true }).then(
    (all) => all.flatMap(({ address }) => parseAddress(address) ?? []),
    ({ code }: NodeJS.ErrnoException) => code ?? 'the lookup failed',
  );
  return Promise.race([asked, expired]);
}

function ask(master: string, host: string, signal: AbortSignal): Promise<ApiProbe['answer']> {
  const servername = parseAddress(master) === null ? master : '';
  return new Promise((resolve) => {
    let certificate: PresentedCertificate | null = null;
    let protocol = '';
    const options = {
      host,
      port: apiPort,
      path: '/version',
      servername,
      rejectUnauthorized: false,
      agent: false,
      timeout: timeout,
      signal,
    };
    const pending = request(options, (response) => {
      const date = Date.parse(response.headers.date ?? '');
      response.resume();
      resolve({ ok: true, status: response.statusCode ?? 0, ahead: Number.isNaN(date) ? null : Date.now() - date, certificate, protocol });
      response.destroy();
    });
    pending.once('socket', (socket) =>
      socket.once('secureConnect', () => {
        const tls = socket as TLSSocket;
        certificate = certificateOf(tls, master);
        protocol = tls.getProtocol() ?? '';
      }),
    );
    pending.once('timeout', () => pending.destroy(new Error(`no answer within ${timeout} ms`)));
    pending.once('error', (error: NodeJS.ErrnoException) => {
      // A server that closes the connection after the handshake has still presented its certificate.
      if (certificate !== null) resolve({ ok: true, status: 0, ahead: null, certificate, protocol });
      else resolve({ ok: false, why: connectionReasonOf(error) });
    });
    pending.end();
  });
}

function certificateOf(socket: TLSSocket, master: string): PresentedCertificate | null {
  const shown = socket.getPeerCertificate();
  if (Object.keys(shown).length === 0) return null;
  return {
    validFrom: Date.parse(shown.valid_from),
    validTo: Date.parse(shown.valid_to),
    subject: String(shown.subject?.CN ?? ''),
    fits: checkServerIdentity(master, shown) === undefined,
  };
}
