import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { folderOf } from '../support/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a need is that no package brings: a right, an address, or what .ci/run asks for or makes by itself. */
const notInstalled = ['root', 'netns', 'ipv6', 'go', 'coredns', 'kubernetes'];

test('.ci/run installs every program that a test may need', (t) => {
  const [, list = ''] = /^packages=\(\n([^)]*)^\)/m.exec(readFileSync(join(root, '.ci/run'), 'utf8')) ?? [];
  const things = [...list.matchAll(/^ +[^=\s]+=(\S+)/gm)].map(([, thing]) => thing);
  const [, union = ''] = /^export type Need =\n([^;]*);/m.exec(readFileSync(join(root, 'test/support/needs.ts'), 'utf8')) ?? [];
  const wanted = [...union.matchAll(/'([^']+)'/g)].flatMap(([, need = '']) => (notInstalled.includes(need) ? [] : [need]));
  t.true(wanted.length > 20);
  t.deepEqual(
    wanted.filter((need) => !things.includes(need)),
    [],
  );
});

test('.ci/run ends before npm test when a package is missing, and says which', (t) => {
  const folder = folderOf(t);
  for (const part of ['.ci', 'scripts']) cpSync(join(root, part), join(folder, part), { recursive: true });
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const tool of ['bash', 'dirname']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
  for (const tool of ['go', 'npm']) writeFileSync(join(bin, tool), `#!/usr/bin/bash\n: > ${folder}/called-${tool}\n`, { mode: 0o755 });
  const run = () => {
    const env = { PATH: bin, PODFRONT_NO_INSTALL: '1' };
    return spawnSync(join(bin, 'bash'), [join(folder, '.ci/run')], { env, encoding: 'utf8' });
  };
  const { status, stderr } = run();
  t.is(status, 1);
  t.regex(stderr, /^podfront: error: haproxy of the package haproxy is missing: PODFRONT_NO_INSTALL forbids installing it$/m);
  t.false(existsSync(join(folder, 'called-npm')));
  t.true(existsSync(join(folder, 'called-go')));
});
