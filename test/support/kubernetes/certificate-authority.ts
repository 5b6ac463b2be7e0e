import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a certificate authority and of the API server's certificate. */
export interface AuthorityFiles {
  readonly authority: string;
  readonly authorityKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** The name of several API servers together, which their certificate has. */
export const sharedName = 'api.example.org';

/** Makes an authority and a certificate for 127.0.0.1, and another address, in a folder, with openssl. */
export function certificateAuthority(folder: string, days = 2, address = '127.0.0.1'): AuthorityFiles {
  const file = (name: string) => join(folder, name);
  openssl('req', '-x509', ...newKey(file('authority.key')), '-days', '3', '-subj', '/CN=test authority', '-out', file('authority.crt'));
  const files = { authority: file('authority.crt'), authorityKey: file('authority.key') };
  const names = `subjectAltName=IP:127.0.0.1,IP:127.0.0.2,IP:${address},DNS:localhost,DNS:kubernetes.default.svc,DNS:${sharedName}`;
  return { ...files, ...signed(folder, 'server', '/CN=kube-apiserver', names, days, files) };
}

/** A client certificate of that authority, as PEM: `name` is the user, `groups` its groups. Negative days make one that has ended. */
export function clientCertificate(
  folder: string,
  files: Pick<AuthorityFiles, 'authority' | 'authorityKey'>,
  name: string,
  groups: readonly string[],
  days: number,
): { readonly certificate: string; readonly key: string } {
  const subject = `${groups.map((group) => `/O=${group}`).join('')}/CN=${name}`;
  const made = signed(folder, `client-${name}`, subject, 'extendedKeyUsage=clientAuth', days, files);
  return { certificate: readFileSync(made.certificate, 'utf8'), key: readFileSync(made.key, 'utf8') };
}

function signed(
  folder: string,
  name: string,
  subject: string,
  extension: string,
  days: number,
  { authority, authorityKey }: Pick<AuthorityFiles, 'authority' | 'authorityKey'>,
): { readonly certificate: string; readonly key: string } {
  const file = (end: string) => join(folder, `${name}.${end}`);
  openssl('req', ...newKey(file('key')), '-subj', subject, '-out', file('csr'));
  writeFileSync(file('ext'), `${extension}\n`);
  const issuer = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-days', String(days)];
  openssl('x509', '-req', '-in', file('csr'), ...issuer, '-extfile', file('ext'), '-out', file('crt'));
  return { certificate: file('crt'), key: file('key') };
}

function newKey(file: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file];
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
