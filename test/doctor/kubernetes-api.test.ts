import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parseConfig } from '../../src/config/parse.ts';
import type { Check } from '../../src/doctor/check.ts';
import type { DoctorFacts } from '../../src/doctor/facts.ts';
import { endOfToken, judgeCredentials } from '../../src/doctor/judge/credentials.ts';
import { kubernetesApiChecks } from '../../src/doctor/kubernetes-api.ts';
import { folderOf } from '../support/folder.ts';
import { clientCertificate } from '../support/kubernetes/certificate-authority.ts';
import { kubeconfigText, startControlPlane } from '../support/kubernetes/control-plane.ts';
import { bindReader, makeReader, rbac } from '../support/kubernetes/reader.ts';
import { needs } from '../support/needs.ts';

/** The checks of a kubeconfig, by name without `Kubernetes API`; `API` for the first. */
async function checks(file: string, signal = new AbortController().signal): Promise<Readonly<Record<string, Check>>> {
  const config = parseConfig(
    `cluster: {api: {kubeconfig: ${file}}, nameservers: ["10.0.0.254"]}\nlisten: {web: {podPort: 80}, shop: {namespace: default, podPort: 81}}`,
    'podfront.yaml',
  );
  const facts = { config, context: { io: { env: {}, signal } } } as unknown as DoctorFacts;
  const found = await kubernetesApiChecks(facts);
  return Object.fromEntries(found.map((check) => [check.name.replace(/^Kubernetes API ?/, '') || 'API', check]));
}

const results = (found: Readonly<Record<string, Check>>) =>
  Object.fromEntries(Object.entries(found).map(([name, { result }]) => [name, result]));

needs('kubernetes', 'openssl')(
  'the Kubernetes API is reached, trusted, allowed and watched, or the check that fails says why',
  async (t) => {
    const plane = await startControlPlane();
    t.teardown(plane.close);
    const file = (name: string, text: string) => {
      const path = join(plane.folder, name);
      writeFileSync(path, text);
      return path;
    };
    const own = file('own', await makeReader(plane, 'podfront'));
    const well = await checks(own);
    // The server's certificate lasts two days here, and the token an hour.
    t.deepEqual(results(well), {
      API: 'pass',
      certificate: 'warn',
      credentials: 'warn',
      permissions: 'pass',
      watch: 'pass',
      clock: 'pass',
    });
    t.is(well.permissions?.seen, 'podfront has the 6 that it needs');
    t.regex(well.credentials?.seen ?? '', /the token ends on \d{4}-\d\d-\d\d: 0 days are left/);

    const admin = await checks(plane.adminKubeconfig);
    t.is(admin.permissions?.result, 'warn');
    t.regex(admin.permissions?.seen ?? '', /may also get secrets in all namespaces, create pods in all namespaces, delete services/);
    t.is(admin.credentials?.seen, 'the token does not end');

    const authority = { authority: join(plane.folder, 'authority.crt'), authorityKey: join(plane.folder, 'authority.key') };
    const withCertificate = (name: string, days: number) => {
      const { certificate, key } = clientCertificate(plane.folder, authority, name, ['system:masters'], days);
      const data = (text: string) => Buffer.from(text).toString('base64');
      const user = { 'client-certificate-data': data(certificate), 'client-key-data': data(key) };
      return file(name, kubeconfigText(plane.url, plane.authority, user));
    };
    t.is((await checks(withCertificate('lasting', 365))).credentials?.result, 'pass');
    t.regex(
      (await checks(withCertificate('ending', 20))).credentials?.seen ?? '',
      /the client certificate ends on .*: (19|20) days are left/,
    );

    await plane.ok('DELETE', `${rbac}/rolebindings/podfront`);
    const forbidden = await checks(own);
    t.is(forbidden.permissions?.result, 'fail');
    t.regex(forbidden.permissions?.seen ?? '', /podfront may not get services in default, list services in default/);
    t.regex(forbidden.permissions?.remedy ?? '', /podfront manifest/);
    t.is(forbidden.watch?.result, 'fail');
    await bindReader(plane, 'podfront');

    const unknown = await checks(file('unknown', kubeconfigText(plane.url, plane.authority, { token: 'nobody' })));
    t.is(unknown.API?.result, 'fail');
    t.regex(unknown.API?.seen ?? '', /does not accept the credentials/);
    t.like(results(unknown), { permissions: 'skip', watch: 'skip', clock: 'pass' });

    await plane.apiServer.kill();
    const gone = await checks(own);
    t.regex(gone.API?.seen ?? '', /cannot be reached: the connection is refused/);
    t.deepEqual(results(gone), {
      API: 'fail',
      certificate: 'skip',
      credentials: 'skip',
      permissions: 'skip',
      watch: 'skip',
      clock: 'skip',
    });
  },
);

test('without cluster.api there is nothing to check, and a kubeconfig that is not there fails', async (t) => {
  const config = parseConfig('listen: {web: {podPort: 80}}', 'podfront.yaml');
  const facts = { config, context: { io: { env: {}, signal: new AbortController().signal } } } as unknown as DoctorFacts;
  t.deepEqual(await kubernetesApiChecks(facts), []);
  const missing = await checks(join(folderOf(t), 'none'));
  t.regex(missing.API?.seen ?? '', /there is no such file/);
});

test('credentials that have ended fail, and those that are replaced in time pass', (t) => {
  const now = Date.UTC(2030, 0, 1);
  const judge = (left: number, replaced = false) => judgeCredentials('x', [{ what: 'token', endsAt: now + left, replaced }], now).result;
  const day = 86_400_000;
  t.deepEqual([judge(-1), judge(29 * day), judge(31 * day), judge(day, true), judge(-1, true)], ['fail', 'warn', 'pass', 'pass', 'fail']);
  t.is(endOfToken(`a.${Buffer.from('{"exp":1893456000}').toString('base64url')}.c`), now);
  for (const token of ['', 'a.b.c', `a.${Buffer.from('{"exp":"x"}').toString('base64url')}.c`]) t.is(endOfToken(token), null);
});
