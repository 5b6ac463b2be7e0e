import { execFileSync } from 'node:child_process';
import { certificateRequest } from '../../src/access/certificate-request.ts';
import { needs } from '../support/needs.ts';

needs('openssl')('openssl reads the request: its user, and that the key of it has signed it', (t) => {
  for (const user of ['a', 'alice', 'x'.repeat(63), 'x'.repeat(200)]) {
    const { key, request } = certificateRequest(user);
    const said = execFileSync('openssl', ['req', '-verify', '-noout', '-subject', '-nameopt', 'RFC2253', '-pubkey'], {
      input: request,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    t.true(said.includes(`CN=${user}\n`) || said.includes(`CN = ${user}\n`), said);
    const ofKey = execFileSync('openssl', ['pkey', '-pubout'], { input: key, encoding: 'utf8' });
    t.true(said.includes(ofKey));
  }
});
