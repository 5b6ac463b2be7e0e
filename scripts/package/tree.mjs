// The program as packages and images hold it: /usr/lib/podfront with a Node of its own, and /usr/bin/podfront.
import { chmodSync, cpSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arch } from 'node:process';
import { bundle } from '../bundle.mjs';
import { makeReproducibleCodeCache } from '../code-cache.mjs';
import { architectures } from './runtime.mjs';
import { root } from './source.mjs';

/** Where the program is, below the root of the tree. */
export const home = 'usr/lib/podfront';

/**
 * Writes the program to a tree. V8's code cache is made by the runtime itself: where that cannot run here, because it is for another
 * architecture, there is none, and the program starts about 30 ms slower.
 */
export async function writeProgram(tree, architecture, runtime) {
  const folder = join(tree, home);
  mkdirSync(folder, { recursive: true });
  cpSync(runtime.node, join(folder, 'node'));
  for (const name of ['templates', 'page', 'docs', 'package.json', 'podfront.schema.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const dist = join(folder, 'dist');
  await bundle(dist);
  if (architectures[architecture].node === arch) makeReproducibleCodeCache(dist, join(folder, 'node'));
  replaceIn(join(dist, 'main.js'), '#!/usr/bin/env node', `#!/${home}/node`);
  chmodSync(join(dist, 'main.js'), 0o755);
  mkdirSync(join(tree, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/podfront/dist/main.js', join(tree, 'usr/bin/podfront'));
}

/** Copies a file of the sources to a path of the tree, whose folder is made. */
export function copyTo(tree, path, source) {
  writeTo(tree, path, readFileSync(join(root, source)));
}

/** Writes a file of the tree, whose folder is made. */
export function writeTo(tree, path, content) {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
}

/** Replaces a text that has to be in a file, everywhere in it. */
export function replaceIn(file, text, by) {
  const before = readFileSync(file, 'utf8');
  if (!before.includes(text)) throw new Error(`${file} has no ${text}`);
  writeFileSync(file, before.replaceAll(text, by));
}

/** The paths of all files, links and folders below a folder, relative to it and sorted. Links are not followed, as readdir's `recursive` does. */
export function entriesOf(folder) {
  const below = (path) =>
    readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
      const name = join(path, entry.name);
      return entry.isDirectory() ? [name, ...below(name)] : [name];
    });
  return below('').sort();
}

/** Gives all files and folders of a tree one date (seconds since 1970), and modes that depend on nothing but whether a file is a program. */
export function normalise(tree, date) {
  for (const path of [...entriesOf(tree).map((name) => join(tree, name)), tree]) {
    const stats = lstatSync(path);
    if (!stats.isSymbolicLink()) chmodSync(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644);
    lutimesSync(path, date, date);
  }
}
