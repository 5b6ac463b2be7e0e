import { createSecureContext } from 'node:tls';
import { problem } from '../../../problem/problem.ts';
import { readFileBounded } from '../../../system/read-file.ts';
import type { ApiServer, TextOrFile } from './kubeconfig.ts';

/** Credentials: PEM texts for a connection, and a token for each request. */
export interface Credentials {
  readonly authority: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly token: string | null;
}

/** The largest file of credentials, in bytes. */
const maxBytes = 1024 * 1024;

/**
 * Reads the current credentials. The kubelet replaces tokens every hour, and certificates are renewed too, so files are
 * read for each request.
 * @throws Problem `api.credentials`
 */
export function readCredentials({ origin, authority, user }: ApiServer): Credentials {
  const read = (what: string, given: TextOrFile | null): string | null => {
    if (given === null) return null;
    if (given.kind === 'text') return given.text;
    const content = readFileBounded(given.file, maxBytes);
    if (content.kind === 'content') return content.bytes.toString('utf8');
    const why = content.kind === 'absent' ? 'there is no such file' : content.why;
    throw problem('api.credentials', { file: origin, why: `${what} ${given.file}: ${why}` });
  };
  const token = read('the token', user.token)?.trim() ?? null;
  // RFC 6750, section 2.1: other characters could end the header.
  if (token !== null && !/^[\w.~+/=:-]+$/.test(token))
    throw problem('api.credentials', { file: origin, why: 'the token has an invalid form' });
  return {
    authority: read('the certificate authority', authority),
    certificate: read('the client certificate', user.certificate),
    key: read('the key of the client certificate', user.key),
    token,
  };
}

/**
 * Checks that OpenSSL accepts the PEM texts.
 * @throws Problem `api.credentials`
 */
export function checkCredentials(origin: string, { authority, certificate, key }: Credentials): void {
  const refuse = (why: string) => problem('api.credentials', { file: origin, why });
  if (certificate !== null && key === null) throw refuse('the client certificate has no key');
  if (authority !== null && !authority.includes('-----BEGIN CERTIFICATE-----'))
    throw refuse('the certificate authority is not a PEM certificate');
  try {
    createSecureContext({
      ...(authority !== null && { ca: authority }),
      ...(certificate !== null && key !== null && { cert: certificate, key }),
    });
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'OpenSSL refuses them');
  }
}
