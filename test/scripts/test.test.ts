import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../support/folder.ts';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));

const { haproxySuites, nodeSuites } = (await import(new URL('../../scripts/versions.mjs', import.meta.url).href)) as {
  readonly haproxySuites: readonly string[];
  readonly nodeSuites: readonly string[];
};

interface Steps {
  /** What ava writes with --tap, and its exit status. */
  readonly tap: string;
  readonly status?: number;
  /** Exit statuses of the steps before it. */
  readonly types?: number;
  readonly build?: number;
  readonly ci?: string;
  /** With --versions, where none can be had. */
  readonly versions?: boolean;
}

/** Runs scripts/test.mjs in a project whose steps are scripts of the test. */
function npmTest(t: ExecutionContext, { tap, status = 0, types = 0, build = 0, ci, versions = false }: Steps) {
  const folder = folderOf(t);
  cpSync(scripts, join(folder, 'scripts'), { recursive: true });
  const programs = {
    'scripts/coredns.mjs': '',
    'scripts/kubernetes.mjs': '',
    'scripts/build.mjs': `process.exitCode = ${build};`,
    'node_modules/typescript/bin/tsc': `process.exitCode = ${types};`,
    'node_modules/@biomejs/biome/bin/biome': '',
    'node_modules/js-yaml/index.js': '',
    'node_modules/ava/entrypoints/cli.mjs': `console.log(${JSON.stringify(tap)}, process.argv.slice(2).join(' ')); process.exitCode = ${status};`,
  };
  for (const [file, text] of Object.entries(programs)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  for (const file of versions ? [...haproxySuites, ...nodeSuites] : []) mkdirSync(join(folder, file), { recursive: true });
  const env = { PATH: process.env.PATH, PODFRONT_NO_INSTALL: '1', ...(ci !== undefined && { CI: ci }) };
  const done = spawnSync(process.execPath, ['scripts/test.mjs', 'test/a.test.ts', ...(versions ? ['--versions'] : [])], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status: done.status, lines: done.stdout.trimEnd().split('\n') };
}

const tap = ['TAP version 13', 'ok 1 - a', 'ok 2 - b (needs go) # SKIP', '1..2', '# pass 1', '# rest'].join('\n');

test('npm test ends with its counts alone on a line, and names what was skipped', (t) => {
  const { status, lines } = npmTest(t, { tap });
  t.is(status, 0);
  t.deepEqual(lines.slice(-2), ['skipped: b (needs go)', '1 passed, 0 failed, 1 skipped']);
});

test('npm test passes its arguments on to ava, and shows what ava says beside its results', (t) => {
  t.true(npmTest(t, { tap }).lines.includes('# rest --tap test/a.test.ts'));
});

test('A skipped test is a failure where CI is set', (t) => {
  const { status, lines } = npmTest(t, { tap, ci: 'true' });
  t.is(status, 1);
  t.deepEqual(lines.slice(-2), ['CI is set: a skipped test is a failure', '1 passed, 0 failed, 1 skipped']);
  t.is(npmTest(t, { tap, ci: 'false' }).status, 0);
});

test('What the kernel does not let anybody do is counted and named where CI is set, and is no failure', (t) => {
  const title = 'b (no machine on this kernel: mount: permission denied)';
  const { status, lines } = npmTest(t, { tap: tap.replace('b (needs go)', title), ci: 'true' });
  t.is(status, 0);
  t.deepEqual(lines.slice(-2), [`skipped: ${title}`, '1 passed, 0 failed, 1 skipped']);
});

test('A test that fails is counted, named at the end, and decides the exit status', (t) => {
  const { status, lines } = npmTest(t, { tap: tap.replace('# rest', 'not ok 3 - c\n# rest'), status: 1 });
  t.is(status, 1);
  t.deepEqual(lines.slice(-2), ['failed: c', '1 passed, 1 failed, 1 skipped']);
});

test('A step before the tests that fails counts as one failed, and the tests are run all the same', (t) => {
  const { status, lines } = npmTest(t, { tap, types: 2 });
  t.is(status, 1);
  t.deepEqual(lines.slice(-2), ['failed: types (a step of npm test)', '1 passed, 1 failed, 1 skipped']);
});

test('Without a build no test is run', (t) => {
  const { status, lines } = npmTest(t, { tap, build: 1 });
  t.is(status, 1);
  t.is(lines.at(-1), '0 passed, 1 failed, 0 skipped');
});

test('ava that fails without a failed test, or runs none, is a failure', (t) => {
  for (const steps of [{ tap, status: 1 }, { tap: 'TAP version 13\n1..0' }]) {
    const { status, lines } = npmTest(t, steps);
    t.is(status, 1);
    t.regex(lines.at(-1) ?? '', /^\d passed, 1 failed, \d skipped$/);
  }
});

test('A version that cannot be had is skipped by its name, and fails by its name where CI is set', (t) => {
  for (const ci of [undefined, 'true']) {
    const { status, lines } = npmTest(t, { tap: tap.replace(' # SKIP', ''), versions: true, ...(ci !== undefined && { ci }) });
    const word = ci === undefined ? 'skipped' : 'failed';
    t.is(status, ci === undefined ? 0 : 1);
    t.true(lines.includes('# rest --tap test/a.test.ts'));
    for (const name of ['HAProxy 3.4', 'Node 26'])
      t.regex(lines.join('\n'), new RegExp(`^${word}: ${name} \\(cannot be had: PODFRONT_NO_INSTALL forbids`, 'm'));
  }
});

test('A test that fails with an error without a stack is named, and does not end the run', (t) => {
  const folder = folderOf(t);
  cpSync(join(scripts, 'ava.mjs'), join(folder, 'scripts/ava.mjs'));
  symlinkSync(join(scripts, '../node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const tests = `import test from 'ava';
    test.serial('first', () => { throw Object.assign(new Error('gone'), { stack: 'Error: gone' }); });
    test.serial('second', (t) => t.pass());`;
  writeFileSync(join(folder, 'two.test.js'), tests);
  const { status, stdout } = spawnSync(process.execPath, ['scripts/ava.mjs', '--tap'], { cwd: folder, encoding: 'utf8' });
  t.is(status, 1);
  t.regex(stdout, /^not ok 1 - first$/m);
  t.regex(stdout, /^ok 2 - second$/m);
});
