import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../support/folder.ts';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));

/** A project with the set-up, a lockfile, and an npm on PATH that writes down how it was called, and makes what it is to make. */
function project(t: ExecutionContext) {
  const folder = folderOf(t);
  cpSync(scripts, join(folder, 'scripts'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  writeFileSync(join(folder, 'package.json'), '{"devDependencies": {"ava": "7.0.0"}}');
  const npm =
    '#!/bin/sh\necho "$*" >> "$0.calls"\n/bin/mkdir -p node_modules/$NPM_MAKES\necho {} > node_modules/.package-lock.json\nexit $NPM_STATUS\n';
  writeFileSync(join(folder, 'bin/npm'), npm, { mode: 0o755 });
  return {
    folder,
    calls: () =>
      existsSync(join(folder, 'bin/npm.calls')) ? readFileSync(join(folder, 'bin/npm.calls'), 'utf8').split('\n').slice(0, -1) : [],
    setUp: (env: Readonly<Record<string, string>> = {}) => {
      const given = { PATH: join(folder, 'bin'), PODFRONT_NO_INSTALL: '1', NPM_STATUS: '0', NPM_MAKES: 'ava', ...env };
      return spawnSync(process.execPath, ['scripts/setup.mjs', '--haproxy'], { cwd: folder, env: given, encoding: 'utf8' });
    },
    installed: (age: number) => {
      const record = join(folder, 'node_modules/.package-lock.json');
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      writeFileSync(record, '{}');
      utimesSync(record, Date.now() / 1000 - age, Date.now() / 1000 - age);
    },
  };
}

test('Packages are installed when there are none, or when the lockfile is newer, and only then', (t) => {
  const { calls, setUp, installed } = project(t);
  t.is(setUp().status, 0);
  t.deepEqual(calls(), ['ci --include=dev --no-fund --no-audit --loglevel=error']);
  installed(3600);
  setUp();
  t.is(calls().length, 2);
  installed(-3600);
  setUp();
  t.is(calls().length, 2);
});

test('An installation that fails ends the set-up', (t) => {
  const { status, stderr } = project(t).setUp({ NPM_STATUS: '1' });
  t.is(status, 1);
  t.regex(stderr, /^podfront: error: npm ci failed$/m);
});

test('An installation that ends well without its packages is a failure, and names them', (t) => {
  const { status, stderr } = project(t).setUp({ NPM_MAKES: 'another' });
  t.is(status, 1);
  t.regex(stderr, /^podfront: error: npm ci ended well, but node_modules\/ava is not there$/m);
});

test('Where CI is set, the set-up fails without HAProxy', (t) => {
  const { setUp, installed } = project(t);
  installed(-3600);
  const { status, stderr } = setUp({ CI: 'true' });
  t.is(status, 1);
  t.is(stderr, 'podfront: error: HAProxy is not on PATH, and PODFRONT_NO_INSTALL forbids installing it\n');
});

test('PODFRONT_NO_INSTALL forbids installing HAProxy, and the set-up says that it is missing', (t) => {
  const { folder, setUp, installed } = project(t);
  installed(-3600);
  writeFileSync(join(folder, 'bin/apt-get'), '#!/bin/sh\necho called >&2\n', { mode: 0o755 });
  const { status, stderr } = setUp();
  t.is(status, 0);
  t.is(stderr, 'podfront: HAProxy is not on PATH, and PODFRONT_NO_INSTALL forbids installing it: what needs it is left out\n');
  writeFileSync(join(folder, 'bin/haproxy'), '', { mode: 0o755 });
  t.is(setUp().stderr, '');
});
