import { execFileSync } from 'node:child_process';
import test from 'ava';
import { sha512Crypt } from '../../src/import/sha512-crypt.ts';
import { needs } from '../support/needs.ts';

test('a hash is what crypt(3) makes of the same password and salt', (t) => {
  t.is(
    sha512Crypt('Hello world!', 'saltstring'),
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  );
});

needs('openssl')('they are those of openssl, for passwords of any length', (t) => {
  for (const password of ['', 'a', 'secret', 'pässwört', 'x'.repeat(63), 'x'.repeat(64), 'y'.repeat(65), 'z'.repeat(200)]) {
    const wanted = execFileSync('openssl', ['passwd', '-6', '-salt', 'ab./XY', '-stdin'], { input: `${password}\n`, encoding: 'utf8' });
    if (password !== '') t.is(sha512Crypt(password, 'ab./XY'), wanted.trim(), password);
  }
});
