import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

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
