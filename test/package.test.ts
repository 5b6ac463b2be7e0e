import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { build } from 'esbuild';
import { importsOf, readTree } from './support/house/imports.ts';

const run = promisify(execFile);
const repository = new URL('..', import.meta.url).pathname;

test('The packed package installs into an empty folder, alone and offline, and runs there', async (t) => {
  await t.notThrowsAsync(access(join(repository, 'dist/main.js')), 'dist/ is missing: npm run build');
  const folder = await mkdtemp(join(tmpdir(), 'podfront-package-'));
  t.teardown(() => rm(folder, { recursive: true }));
  // Without scripts: building again would take dist/ away from the tests that run beside this one.
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: repository });
  const { filename } = (JSON.parse(packed.stdout) as readonly { readonly filename: string }[])[0] ?? { filename: '' };
  await writeFile(join(folder, 'package.json'), '{}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, filename)], { cwd: folder });
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { version: string };
  const { stdout } = await run(join(folder, 'node_modules/.bin/podfront'), ['--version'], { cwd: folder });
  t.is(stdout, `${version}\n`);
});

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dependencies?: Readonly<Record<string, string>> }>>;
}

/** The packages that src/ imports, and all that those depend on, as the lockfile has them. */
async function reachable(): Promise<ReadonlyMap<string, string>> {
  const { packages } = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as Lockfile;
  const open = [...new Set(importsOf(readTree(repository, 'src')).map(({ to }) => to))].flatMap((name) => {
    const [, own] = /^((?:@[^/]+\/)?[^/]+)/.exec(name) ?? [];
    return own !== undefined && packages[`node_modules/${own}`] !== undefined ? [own] : [];
  });
  const found = new Map<string, string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const entry = packages[`node_modules/${name}`];
    if (entry === undefined || found.has(name)) continue;
    found.set(name, entry.version);
    open.push(...Object.keys(entry.dependencies ?? {}));
  }
  return found;
}

test('The package has the licence of every package in its bundle', async (t) => {
  const packed = await run('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { cwd: repository });
  const [{ files } = { files: [] }] = JSON.parse(packed.stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  t.true(files.some(({ path }) => path === 'dist/LICENSES.txt'));
  const text = await readFile(join(repository, 'dist/LICENSES.txt'), 'utf8');
  const parts = new Map(
    text
      .slice(text.indexOf('\n\n') + 2)
      .split(/\n-{80}\n\n/)
      .map((part) => [part.split(' ')[0] ?? '', part]),
  );
  const allowed = await reachable();
  for (const [name, part] of parts) {
    t.true(part.startsWith(`${name} ${allowed.get(name)} (`), `${name} is in the lockfile, and src/ needs it`);
    t.regex(part, /permission|licensed under|Redistribution/i, `${name} has the text of its licence`);
  }
  for (const name of ['chokidar', 'commander', 'dns-packet', 'ip-cidr', 'mustache', 'prom-client', 'yaml', 'zod'])
    t.true(parts.has(name), name);
});

test('What is in the bundle is what its licences are of', async (t) => {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: ['src/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    logLevel: 'silent',
  });
  const names = Object.keys(metafile.inputs).flatMap((file) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  const text = await readFile(join(repository, 'dist/LICENSES.txt'), 'utf8');
  for (const name of new Set(names)) t.true(text.includes(`\n${name} `), name);
});
