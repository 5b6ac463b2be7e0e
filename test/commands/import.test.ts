import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { certificate } from '../support/certificates.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const listen =
  'listen web\n    bind 127.0.0.1:80\n    balance leastconn\n    server-template pod 5 web.default.svc.cluster.local:80 check resolvers cluster init-addr none\n';

test('the result goes to a new file, to an existing one only by force, and from stdin to stdout', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'haproxy.cfg'), listen);
  const first = await podfront(['import', 'haproxy.cfg', '--output', 'podfront.yaml'], { cwd });
  t.deepEqual([first.status, first.stdout], [0, '']);
  t.regex(first.stderr, /wrote podfront\.yaml\n.*rendered again, listen web means what haproxy\.cfg says/s);
  const written = readFileSync(join(cwd, 'podfront.yaml'), 'utf8');
  writeFileSync(join(cwd, 'podfront.yaml'), 'mine');
  const second = await podfront(['import', 'haproxy.cfg', '--output', 'podfront.yaml'], { cwd });
  t.is(second.status, 2);
  t.regex(second.stderr, /podfront\.yaml already exists/);
  t.is(readFileSync(join(cwd, 'podfront.yaml'), 'utf8'), 'mine');
  t.is((await podfront(['import', 'haproxy.cfg', '--output', 'podfront.yaml', '--force'], { cwd })).status, 0);
  t.is(readFileSync(join(cwd, 'podfront.yaml'), 'utf8'), written);
  const piped = await podfront(['import', '-'], { cwd, stdin: listen });
  t.is(piped.stdout, written.replace('from haproxy.cfg', 'from -'));
});

test('a file that is not text, too large, a folder or missing is refused with the reason', async (t) => {
  const cwd = folderOf(t);
  mkdirSync(join(cwd, 'folder'));
  for (const [name, bytes, why] of [
    ['binary', Buffer.from('listen web\0\u0001\u0002'), /cannot be imported: it is binary/],
    ['latin1', Buffer.from([0x23, 0xe9, 0x0a]), /cannot be imported: it is not UTF-8/],
    ['large', Buffer.alloc(4 * 1024 * 1024 + 1, 0x20), /it has more than 4194304 bytes/],
    ['folder', null, /cannot read folder: it is a folder/],
    ['none', null, /cannot read none: there is no such file/],
  ] as const) {
    if (bytes !== null) writeFileSync(join(cwd, name), bytes);
    const { status, stdout, stderr } = await podfront(['import', name], { cwd });
    t.deepEqual([status, stdout], [2, ''], name);
    t.regex(stderr, why);
  }
});

test('a carriage return at the end of each line is no part of it', async (t) => {
  const cwd = folderOf(t);
  const unix = await podfront(['import', '-'], { cwd, stdin: listen });
  const dos = await podfront(['import', '-'], { cwd, stdin: listen.replaceAll('\n', '\r\n') });
  t.is(dos.stdout, unix.stdout);
});

test('control characters of a hostile file never reach the terminal', async (t) => {
  const { stderr, stdout } = await podfront(['import', '-'], {
    cwd: folderOf(t),
    stdin: `${listen}    option \u001b[2Jx\nuserlist \u009b31m\n`,
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  t.notRegex(stderr + stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  t.regex(stderr, /U\+001B/);
});

const hash = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/';
const dashboard = (crt: string) => `userlist People.1
    group login users alice
    user alice password ${hash}
    user bob password ${hash}

listen dashboard
    bind 127.0.0.1:20080
    bind 127.0.0.1:20443 ssl crt ${crt} alpn h2,http/1.1
    mode http
    balance leastconn
    http-request redirect scheme https code 308 if !{ ssl_fc }
    acl allowed http_auth_group(People.1) login
    http-request auth realm Dashboard if !allowed
    server one kubernetes-dashboard.kube-system.svc.cluster.local:443 check ssl verify none resolvers cluster init-addr none
`;

needs('haproxy', 'openssl')(
  'users go into a file for its owner alone when they are asked for, and HAProxy takes what comes of it',
  async (t) => {
    const cwd = folderOf(t);
    const crt = join(cwd, 'dashboard.pem');
    certificate(crt, 'kubernetes.example.org');
    writeFileSync(join(cwd, 'haproxy.cfg'), dashboard(crt));
    const left = await podfront(['import', 'haproxy.cfg'], { cwd });
    t.is(left.status, 1);
    t.regex(left.stderr, /userlist People\.1 was left out: .*\n.*hint: --users FOLDER/);
    const kept = await podfront(['import', 'haproxy.cfg', '--users', '.', '--output', 'podfront.yaml'], { cwd });
    t.is(kept.status, 0, kept.stderr);
    for (const text of [left.stdout, left.stderr, kept.stdout, kept.stderr, readFileSync(join(cwd, 'podfront.yaml'), 'utf8')])
      t.false(text.includes('$6$'));
    const users = join(cwd, 'People.2e1.htpasswd');
    t.is(statSync(users).mode & 0o777, 0o600);
    t.is(readFileSync(users, 'utf8'), `alice:${hash}:login\nbob:${hash}\n`);
    t.regex(readFileSync(join(cwd, 'podfront.yaml'), 'utf8'), /basicAuth: \{file: "People\.2e1\.htpasswd", group: "login"\}/);
    const rendered = await podfront(['render', 'new.cfg', '--offline'], { cwd });
    t.is(rendered.status, 0, rendered.stderr);
    t.regex(readFileSync(join(cwd, 'new.cfg'), 'utf8'), /user alice password \$6\$/);
    t.notRegex(readFileSync(join(cwd, 'new.cfg'), 'utf8'), /user bob/);
    // What is there stays, unless it is forced.
    writeFileSync(users, 'mine');
    const again = await podfront(['import', 'haproxy.cfg', '--users', '.', '--output', 'other.yaml'], { cwd });
    t.is(again.status, 2);
    t.is(readFileSync(users, 'utf8'), 'mine');
  },
);

test('devices and named pipes are refused at once', async (t) => {
  const cwd = folderOf(t);
  execFileSync('mkfifo', [join(cwd, 'pipe')]);
  for (const [file, why] of [
    ['/dev/zero', 'it is a device, not a file'],
    ['pipe', 'it is a named pipe, not a file'],
  ] as const) {
    const { status, stdout, stderr } = await podfront(['import', file], { cwd });
    t.deepEqual([status, stdout], [2, ''], file);
    t.true(stderr.includes(`cannot read ${file}: ${why}`), stderr);
  }
});
