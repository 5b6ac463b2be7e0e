// Bundles src/ and the packages it uses. Why: docs/decisions/0001-one-bundle.md.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes podfront.js, the program main.js that runs it, and the licences of all packages that are in it to a folder; the same bytes for the
 * same sources. Returns the folders of those packages, as the lockfile names them. Throws when something cannot be built, or a package has no
 * licence.
 */
export async function bundle(folder) {
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: join(folder, 'podfront.js'),
    bundle: true,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    define: { 'import.meta.url': 'podfrontUrl' },
    banner: { js: '/* Licences: LICENSES.txt */ const podfrontUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
  copyFileSync(join(root, 'scripts/launch.cjs'), join(folder, 'main.js'));
  chmodSync(join(folder, 'main.js'), 0o755);
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  const packages = packagesOf(Object.keys(metafile.inputs));
  writeFileSync(join(folder, 'LICENSES.txt'), licences(packages));
  return packages;
}

/** The folders of the packages that these files belong to, sorted. */
function packagesOf(files) {
  return [...new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))].sort();
}

/** The licences of packages, each under its package's name and version. */
function licences(packages) {
  const parts = packages.map((folder) => {
    const about = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return `${about.name} ${about.version} (${about.license})\n\n${licenceOf(join(root, folder), about)}\n`;
  });
  return `podfront.js holds these packages:\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** The text of a package's licence. A package that says MIT and brings no text gets that of SPDX, with its author. */
function licenceOf(folder, { name, license, author }) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.\w+)?$/i.test(each));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  const [, text] = readFileSync(join(root, 'LICENSE'), 'utf8').split(/^Copyright .*$/m);
  const owner = author?.name ?? author;
  if (license !== 'MIT' || owner === undefined || text === undefined) throw new Error(`${name} has no licence to go with the bundle`);
  return `MIT License\n\nCopyright (c) ${owner}\n\n${text.trim()}`;
}
