import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { apiPort } from '../../src/doctor/api-server.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const api = needs('openssl', 'ip');
let next = 0;

/** An API server on an address of its own, with a certificate of these dates (openssl's form), and a Date that many seconds off. */
async function apiServer(t: ExecutionContext, from: string, to: string, skew = 0): Promise<string> {
  const folder = folderOf(t);
  const address = `127.${60 + (process.pid % 40)}.7.${++next}`;
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const run = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: folder });
  run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-subj', '/CN=kube-apiserver', '-out', 'request.pem');
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'san'), `subjectAltName=IP:${address}\n`);
  const ca =
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n';
  writeFileSync(join(folder, 'ca.cnf'), ca);
  run(
    'ca',
    '-batch',
    '-selfsign',
    '-config',
    'ca.cnf',
    '-extfile',
    'san',
    '-keyfile',
    key,
    '-startdate',
    from,
    '-enddate',
    to,
    '-in',
    'request.pem',
    '-out',
    cert,
    '-notext',
  );
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    response.writeHead(403, { date: new Date(Date.now() + skew * 1000).toUTCString() }).end();
  });
  server.listen(apiPort, address);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return address;
}

/** The doctor's word on `cluster.master` and `cluster.nodes`, by check. */
async function topology(t: ExecutionContext, cluster: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const cwd = folderOf(t);
  const document = {
    // Of loopback, so that nothing that is asked leaves this machine.
    cluster: { nameservers: ['127.0.0.1:9'], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'], ...cluster },
    haproxy: { output: 'haproxy.cfg', reload: 'none' },
    listen: { web: { podPort: 80 } },
  };
  writeFileSync(join(cwd, 'podfront.yaml'), JSON.stringify(document));
  const { stdout } = await podfront(['doctor', '--json'], { cwd, env });
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly { name: string; result: string; seen: string; remedy: string }[] };
  return (name: string) => {
    const found = checks.find((one) => one.name === name);
    return found === undefined ? '' : `${found.result}: ${found.seen}`;
  };
}

const nodes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`node${i + 1}`, `192.0.2.${11 + i}`]));
const asn1 = (days: number) =>
  `${new Date(Date.now() + days * 86_400_000)
    .toISOString()
    .replace(/[-T:]|\.\d+/g, '')
    .slice(2)}`;

api('a master that answers with a certificate that lasts, and three nodes, pass', async (t) => {
  const master = await apiServer(t, asn1(-10), asn1(200));
  const said = await topology(t, { master, nodes: nodes(3) });
  t.regex(said('topology: one master'), new RegExp(`^pass: ${master}`));
  t.regex(said('topology: nodes'), /^pass: 3: node1, node2, node3/);
  t.regex(said('topology: master address'), /^pass: .* by local 127\.0\.0\.0\/8 dev lo/);
  t.regex(said('topology: API server'), /^pass: .*:6443 answers over TLSv1\.\d with status 403/);
  t.regex(said('topology: API certificate'), /^pass: kube-apiserver, valid from/);
  t.regex(said('clock'), /^pass: .*[01] s (ahead of|behind) the API server's clock|^pass: synchronised/);
});

api('an expired certificate, one about to expire and one not valid yet are told apart', async (t) => {
  const [expired, soon, early] = [
    await apiServer(t, asn1(-100), asn1(-1)),
    await apiServer(t, asn1(-100), asn1(5)),
    await apiServer(t, asn1(2), asn1(100)),
  ];
  t.regex((await topology(t, { master: expired }))('topology: API certificate'), /^fail: .*it has expired/);
  t.regex((await topology(t, { master: soon }))('topology: API certificate'), /^warn: .*[45] days are left/);
  t.regex((await topology(t, { master: early }))('topology: API certificate'), /^fail: .*not valid yet/);
});

api('a clock that differs from the API server is found by the Date of its answer', async (t) => {
  const master = await apiServer(t, asn1(-10), asn1(200), 3600);
  t.regex((await topology(t, { master }))('clock'), /^fail: 3[56]\d\d s behind the API server's clock/);
});

api('an API server that is not there, and a name that leads nowhere, fail with the reason', async (t) => {
  const absent = await topology(t, { master: '127.59.59.59', nodes: nodes(1) });
  t.regex(absent('topology: API server'), /^fail: .*the connection is refused/);
  t.is(absent('topology: API certificate'), 'skip: the API server does not answer');
  t.regex(absent('topology: nodes'), /^warn: 1 of the recommended 3/);
  const nowhere = await topology(t, { master: 'no-such-master.invalid' });
  t.regex(nowhere('topology: master address'), /^fail: no-such-master\.invalid cannot be resolved/);
  t.regex(nowhere('topology: nodes'), /^fail: cluster\.nodes names none/);
  const none = await topology(t, { nodes: nodes(2) });
  t.is(none('topology: one master'), 'skip: cluster.master is not set');
});

api("systemd's word on NTP is taken where it has one", async (t) => {
  const bin = folderOf(t);
  const say = (word: string) => writeFileSync(join(bin, 'timedatectl'), `#!/bin/sh\necho ${word}\n`, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env.PATH}` };
  say('no');
  t.regex((await topology(t, {}, env))('clock'), /^warn: not synchronised/);
  say('yes');
  t.is((await topology(t, {}, env))('clock'), 'pass: synchronised by NTP');
});
