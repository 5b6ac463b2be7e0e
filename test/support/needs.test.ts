import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

const repository = new URL('../../', import.meta.url).pathname;

/** Runs ava on a project of two tests, one that needs nothing special and one that needs `go`, and returns its TAP. */
async function tap(t: ExecutionContext, env: Readonly<Record<string, string>>): Promise<{ readonly out: string; readonly status: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'podfront-needs-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(
    join(folder, 'ava.config.js'),
    "export default { extensions: { ts: 'module' }, nodeArguments: ['--import=tsx'], workerThreads: false };",
  );
  await writeFile(
    join(folder, 'a.test.ts'),
    `import test from 'ava';
     import { needs } from '${join(repository, 'test/support/needs.ts')}';
     test('plain', (t) => t.pass());
     needs('go').serial('special', (t) => t.pass());`,
  );
  const args = [join(repository, 'node_modules/ava/entrypoints/cli.mjs'), '--tap', 'a.test.ts'];
  return new Promise((done) => {
    // Of the environment only what is given: ava marks the processes it starts, and would refuse to run in one of them.
    execFile(process.execPath, args, { cwd: folder, env: { ...env } }, (error, out) => done({ out, status: Number(error?.code ?? 0) }));
  });
}

test('A test whose tool is missing is skipped, and the skip names the tool', async (t) => {
  const { out, status } = await tap(t, { PATH: '/nonexistent' });
  t.regex(out, /^ok \d - plain$/m);
  t.regex(out, /^ok \d - special \(needs go\) # SKIP$/m);
  t.is(status, 0);
});

test('A test whose tool is missing fails where CI is set', async (t) => {
  const { out, status } = await tap(t, { PATH: '/nonexistent', CI: 'true' });
  t.regex(out, /^ok \d - plain$/m);
  t.regex(out, /^not ok \d - special \(needs go\)$/m);
  t.is(status, 1);
});

test('A test whose tool is there runs under its own title', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'podfront-needs-path-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'go'), '', { mode: 0o755 });
  const { out, status } = await tap(t, { PATH: folder, CI: 'true' });
  t.regex(out, /^ok \d - special$/m);
  t.is(status, 0);
});
