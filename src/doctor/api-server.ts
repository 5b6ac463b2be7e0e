import { lookup } from 'node:dns/promises';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import { type Address, parseAddress } from '../ip/address.ts';
import type { PresentedCertificate } from './judge/certificate.ts';

/** Where the API server of the NixOS modules listens (services.kubernetes.apiserver.securePort). */
export const apiPort = 6443;

/** What was seen of the API server. */
export interface ApiProbe {
  /** Addresses that the master's name has here. */
  readonly addresses: readonly Address[];
  /** Why it has none; null when it has some. */
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

const limit = 3_000;

/**
 * Looks the master up and asks its API server for `/version` over TLS. Any status is an answer: anonymous requests may be
 * denied. The certificate is looked at, not trusted: this machine has no CA of the cluster, and nothing is sent.
 */
export async function probeApi(master: string, signal: AbortSignal): Promise<ApiProbe> {
  const found = await addressesOf(master, signal);
  if (typeof found === 'string') return { addresses: [], unresolved: found, answer: { ok: false, why: 'its name has no address here' } };
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
  // getaddrinfo(3) cannot be stopped, only left alone.
  const late = new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve('the lookup took too long'), limit);
    timer.unref();
    signal.addEventListener('abort', () => resolve('the lookup took too long'), { once: true });
  });
  const asked = lookup(master, { all: true }).then(
    (all) => all.flatMap(({ address }) => parseAddress(address) ?? []),
    ({ code }: NodeJS.ErrnoException) => code ?? 'it cannot be looked up',
  );
  return Promise.race([asked, late]);
}

function ask(master: string, host: string, signal: AbortSignal): Promise<ApiProbe['answer']> {
  const servername = parseAddress(master) === null ? master : '';
  return new Promise((resolve) => {
    let certificate: PresentedCertificate | null = null;
    let protocol = '';
    const options = { host, port: apiPort, path: '/version', servername, rejectUnauthorized: false, agent: false, timeout: limit, signal };
    const asking = request(options, (response) => {
      const date = Date.parse(response.headers.date ?? '');
      response.resume();
      resolve({ ok: true, status: response.statusCode ?? 0, ahead: Number.isNaN(date) ? null : Date.now() - date, certificate, protocol });
      response.destroy();
    });
    asking.once('socket', (socket) =>
      socket.once('secureConnect', () => {
        const tls = socket as TLSSocket;
        certificate = certificateOf(tls, master);
        protocol = tls.getProtocol() ?? '';
      }),
    );
    asking.once('timeout', () => asking.destroy(new Error(`no answer within ${limit} ms`)));
    asking.once('error', (error: NodeJS.ErrnoException) => {
      // A server that hangs up after the handshake has still shown its certificate.
      if (certificate !== null) resolve({ ok: true, status: 0, ahead: null, certificate, protocol });
      else resolve({ ok: false, why: error.code ?? error.message });
    });
    asking.end();
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
