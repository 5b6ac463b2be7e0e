import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../support/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { bundle } = (await import(new URL('../../scripts/bundle.mjs', import.meta.url).href)) as {
  readonly bundle: (folder: string) => Promise<void>;
};
const { notMade, requireMade } = (await import(new URL('../../scripts/made.mjs', import.meta.url).href)) as {
  readonly notMade: (paths: readonly string[]) => readonly string[];
  readonly requireMade: (step: string, ...paths: readonly string[]) => void;
};

test('The same sources give the same bytes', async (t) => {
  const [one, other] = [join(folderOf(t), 'dist'), join(folderOf(t), 'elsewhere')];
  await bundle(one);
  await bundle(other);
  t.deepEqual(readdirSync(one).sort(), ['LICENSES.txt', 'main.js', 'package.json', 'podfront.js']);
  for (const name of readdirSync(one)) t.true(readFileSync(join(one, name)).equals(readFileSync(join(other, name))), name);
});

/** A copy of what npm run build made, with its code cache. */
function built(t: ExecutionContext): string {
  const folder = folderOf(t);
  for (const part of ['dist', 'templates', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
  return folder;
}

const help = (folder: string) => spawnSync(process.execPath, [join(folder, 'dist/main.js'), '--help'], { encoding: 'utf8' }).stdout;

test('A bundle that was edited runs as it is, although its code cache is there and its length is the same', (t) => {
  const folder = built(t);
  t.regex(help(folder), /^Usage: /);
  const file = join(folder, 'dist/podfront.js');
  writeFileSync(file, readFileSync(file, 'latin1').replaceAll('Usage:', 'USAGE:'), 'latin1');
  t.regex(help(folder), /^USAGE: /);
});

test('The code cache of a build is taken', (t) => {
  const folder = built(t);
  const program = `const { cache } = require('${folder}/dist/main.js'); console.error(cache.rejected)`;
  const { stderr } = spawnSync(process.execPath, ['-e', program, 'podfront', '--version'], { encoding: 'utf8' });
  t.is(stderr, 'false\n');
});

test('A step that made nothing is a failure that names what is missing', (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'full'), 'x');
  const paths = ['empty', 'full', 'absent'].map((name) => join(folder, name));
  t.deepEqual(notMade(paths), [paths[0], paths[2]]);
  t.throws(() => requireMade('a step', ...paths), { message: `a step ended well, but ${paths[0]}, ${paths[2]} is not there` });
  t.notThrows(() => requireMade('a step', join(folder, 'full'), folder));
});
