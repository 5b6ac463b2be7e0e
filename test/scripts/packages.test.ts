import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

const script = fileURLToPath(new URL('../../scripts/packages.mjs', import.meta.url));

/** Runs scripts/packages.mjs with a PATH of programs that are shell scripts. */
function packages(t: ExecutionContext, words: readonly string[], programs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
  const bin = join(folderOf(t), 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  // apt-get is a script here, but the policy that keeps services from starting is a file of this machine: one of its own for the test.
  const apart = programs['apt-get'] === undefined ? [] : ['--mount', 'sh', '-c', 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh'];
  const command = [...(apart.length === 0 ? [] : ['/usr/bin/unshare', ...apart]), '/usr/bin/env', '-i', `PATH=${bin}`];
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const [program = '', ...args] = [...command, ...given, process.execPath, script, ...words];
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, stderr };
}

test('What is there already is left alone', (t) => {
  t.deepEqual(packages(t, ['knot=knotd', 'base-files=/etc'], { knotd: '' }, { PODFRONT_NO_INSTALL: '1' }), { status: 0, stderr: '' });
});

test('What is missing where nothing may be installed is named, each with its package', (t) => {
  const { status, stderr } = packages(t, ['knot=knotd', 'zsh=zsh', 'fish=fish'], { zsh: '' }, { PODFRONT_NO_INSTALL: '1' });
  t.is(status, 1);
  t.is(
    stderr,
    ['knotd of the package knot', 'fish of the package fish']
      .map((what) => `podfront: error: ${what} is missing: PODFRONT_NO_INSTALL forbids installing it\n`)
      .join(''),
  );
});

test('A word without the thing that a package brings is refused', (t) => {
  t.not(packages(t, ['knot'], {}).status, 0);
});

const aptTest = needs('root', 'netns');

aptTest('An apt-get that ends well without bringing the program is a failure', (t) => {
  const { status, stderr } = packages(t, ['knot=knotd'], { 'apt-get': 'exit 0' });
  t.is(status, 1);
  t.regex(stderr, /^podfront: error: knotd of the package knot is missing: the package could not be installed$/m);
});

aptTest('One package that cannot be had does not keep the others away, and fails all the same', (t) => {
  const brings = `case "$*" in *update*) ;; *one*two*|*two) exit 100 ;; *one) : > "\${0%/*}/one"; /bin/chmod +x "\${0%/*}/one" ;; esac`;
  const { status, stderr } = packages(t, ['one=one', 'two=two'], { 'apt-get': brings });
  t.is(status, 1);
  t.regex(stderr, /two of the package two is missing/);
  t.notRegex(stderr, /one of the package one/);
});
