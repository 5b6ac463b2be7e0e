import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The folder of the certificates in the examples. */
export const certificateFolder = '/etc/haproxy/certs/';

/**
 * Makes every certificate that the text names below /etc/haproxy/certs/, in `folder`: self-signed, so each is its own CA; `a.example.org.pem`
 * is for a.example.org, and everything else for `kubernetes`. Needs openssl. Returns the text with the paths they have now.
 */
export function withCertificates(text: string, folder: string): string {
  const names = new Set([...text.matchAll(/\/etc\/haproxy\/certs\/([\w.-]+\.pem)/g)].map(([, name = '']) => name));
  if (names.size === 0) return text;
  mkdirSync(folder, { recursive: true });
  for (const name of names) certificate(join(folder, name), name.endsWith('.example.org.pem') ? basename(name, '.pem') : 'kubernetes');
  return text.replaceAll(certificateFolder, `${folder}/`);
}

/** A certificate and its key in one PEM file, for one host name. Returns its text. */
export function certificate(file: string, host: string): string {
  const [key, crt] = [`${file}.key`, `${file}.crt`];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', crt], { stdio: 'ignore' });
  const text = readFileSync(crt, 'utf8') + readFileSync(key, 'utf8');
  writeFileSync(file, text, { mode: 0o600 });
  return text;
}
