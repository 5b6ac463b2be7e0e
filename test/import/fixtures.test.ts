import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withCertificates } from '../support/certificates.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/import/', import.meta.url));

/** Files that HAProxy would look for and that are not on every machine; an address from its environment; what it refused before, too. */
const notHere = /caFile|crt \/etc\/ssl|http_auth|"\$\{|balance bogus/;

// A fixture is a folder named in words: haproxy.cfg in; podfront.yaml and report.txt, what stderr said and the status, out. Written anew with UPDATE=1.
for (const name of readdirSync(fixtures)) {
  needs('haproxy', 'openssl')(`import: ${name.replaceAll('-', ' ')}`, async (t) => {
    const fixture = join(fixtures, name);
    const cwd = folderOf(t);
    cpSync(join(fixture, 'haproxy.cfg'), join(cwd, 'haproxy.cfg'));
    const { status, stdout, stderr } = await podfront(['import', 'haproxy.cfg'], { cwd });
    // HAProxy's words differ from version to version.
    const report = `${stderr.replace(/(^ {4}.*ALERT: .*\n)+/gm, '    ALERT: ...\n')}[${status}]\n`;
    const wanted = join(fixture, 'podfront.yaml');
    if (process.env.UPDATE === '1') {
      if (stdout !== '') writeFileSync(wanted, stdout);
      writeFileSync(join(fixture, 'report.txt'), report);
    }
    t.is(report, readFileSync(join(fixture, 'report.txt'), 'utf8'));
    t.is(stdout, existsSync(wanted) ? readFileSync(wanted, 'utf8') : '');
    if (stdout === '' || notHere.test(stdout)) return;
    writeFileSync(join(cwd, 'podfront.yaml'), withCertificates(stdout, join(cwd, 'certs')));
    const rendered = await podfront(['render', '--offline'], { cwd });
    t.is(rendered.status, 0, rendered.stderr);
  });
}

needs('haproxy')('a result that HAProxy refuses, or gives no verdict on, is no success', async (t) => {
  const cwd = folderOf(t);
  const listen = 'listen web\n mode http\n bind 127.0.0.1:80\n balance leastconn\n server s web.default.svc.cluster.local:80 check\n';
  writeFileSync(join(cwd, 'sound.cfg'), listen);
  writeFileSync(join(cwd, 'faulty.cfg'), `${listen} http-request deny if undeclared\n`);
  const sound = await podfront(['import', 'sound.cfg'], { cwd });
  t.is(sound.status, 0, sound.stderr);
  const faulty = await podfront(['import', 'faulty.cfg'], { cwd });
  t.is(faulty.status, 1);
  t.regex(faulty.stderr, /error: HAProxy refuses the file rendered from the imported configuration\n {4}listen web: ALERT: .*undeclared/);
  t.notRegex(faulty.stderr, /rendered again/);
  const absent = await podfront(['import', 'sound.cfg'], { cwd, env: { PATH: '' } });
  t.is(absent.status, 0);
  t.regex(absent.stderr, /not checked with HAProxy, which is not installed here/);
  writeFileSync(join(cwd, 'haproxy'), '#!/bin/sh\n[ "$1" = -v ] && echo "HAProxy version 2.6.12" && exit\nkill -9 $$\n', { mode: 0o755 });
  const killed = await podfront(['import', 'sound.cfg'], { cwd, env: { PATH: `${cwd}:${process.env.PATH}` } });
  t.is(killed.status, 1);
  t.regex(killed.stderr, /could not be checked: haproxy -c gave no verdict/);
});
