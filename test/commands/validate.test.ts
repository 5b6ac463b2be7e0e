import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { folderOf } from '../support/folder.ts';
import { podfront } from '../support/podfront.ts';

function folderWith(t: Parameters<typeof folderOf>[0], config: string): string {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'podfront.yaml'), config);
  return cwd;
}

test('a valid configuration is valid, without DNS and without HAProxy', async (t) => {
  const cwd = folderWith(t, 'haproxy: {binary: /nowhere/haproxy}\nlisten: {web: {podPort: 80}, shop: {servicePort: 81}}\n');
  t.deepEqual(await podfront(['validate'], { cwd }), { status: 0, stdout: 'podfront.yaml is valid, with 2 listens\n', stderr: '' });
  const { stdout } = await podfront(['validate', '--json'], { cwd });
  t.deepEqual(JSON.parse(stdout), { ok: true, file: 'podfront.yaml', listens: 2, problems: [] });
});

test('faults of the configuration have their places, as text and as JSON', async (t) => {
  const cwd = folderWith(t, 'listen: {web: {podPort: 80, mode: udp}}\n');
  const text = await podfront(['validate'], { cwd });
  t.is(text.status, 2);
  t.is(text.stdout, '');
  t.regex(text.stderr, /^podfront: error: podfront\.yaml:1:35: listen\.web\.mode: /);
  const json = await podfront(['validate', '--json'], { cwd });
  t.is(json.status, 2);
  t.like(JSON.parse(json.stdout), { ok: false, listens: null, problems: [{ code: 'config.type', place: { line: 1, column: 35 } }] });
});

test('files that the configuration names and that cannot be used are named', async (t) => {
  const cwd = folderWith(
    t,
    `haproxy: {with: [base.cfg]}
listen:
  web:
    podPort: 80
    binds: [{address: "127.0.0.1:443", crt: /nowhere/web.pem}]
    sslBackend: {caFile: /nowhere/ca.pem}
`,
  );
  const { status, stderr } = await podfront(['validate'], { cwd });
  t.is(status, 2);
  t.deepEqual(
    stderr.split('\n').filter((line) => line.startsWith('podfront: error: ')),
    [
      `podfront: error: podfront.yaml: haproxy.with[0]: ${join(cwd, 'base.cfg')} cannot be used: there is no such file or folder`,
      'podfront: error: podfront.yaml: listen.web.binds[0].crt: /nowhere/web.pem cannot be used: there is no such file or folder',
      'podfront: error: podfront.yaml: listen.web.sslBackend.caFile: /nowhere/ca.pem cannot be used: there is no such file or folder',
    ],
  );
  execFileSync('mkfifo', [join(cwd, 'base.cfg')]);
  t.regex((await podfront(['validate'], { cwd })).stderr, /base\.cfg cannot be used: it is a named pipe, not a file/);
  const auth = folderWith(t, 'listen: {web: {podPort: 80, mode: http, basicAuth: {file: users}}}\n');
  t.regex(
    (await podfront(['validate'], { cwd: auth })).stderr,
    /cannot read .*users, which basicAuth of listen web names: there is no such file/,
  );
});

test('a status address that every machine reaches is a warning', async (t) => {
  for (const [address, warns] of [
    ['0.0.0.0:9180', true],
    ['[::]:9180', true],
    ['127.0.0.1:9180', false],
    ['/run/podfront/status.sock', false],
  ] as const) {
    const cwd = folderWith(t, `status: "${address}"\nlisten: {web: {podPort: 80}}\n`);
    const { status, stderr } = await podfront(['validate'], { cwd });
    t.is(status, 0);
    t.is(/^podfront: warning: podfront\.yaml: status: every machine that reaches this one/.test(stderr), warns, address);
  }
});
