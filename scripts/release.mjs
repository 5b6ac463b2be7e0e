// npm run release [-- FOLDER]: everything that is published, in FOLDER or release/.
// npm run release -- --check FOLDER: builds it again, and says whether FOLDER has the same files. Ends with 1 when it has not.
import { resolve } from 'node:path';
import { argv, stderr, stdout } from 'node:process';
import { buildRelease, checkRelease } from './package/release.mjs';
import { manifest, releases, sourceCommit } from './package/source.mjs';

const words = argv.slice(2).filter((word) => word !== '--check');
const folder = resolve(words[0] ?? 'release');
const faults = await (argv.includes('--check') ? checkRelease(folder, { fresh: true }) : release());
for (const fault of faults) stderr.write(`podfront: error: ${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function release() {
  if (sourceCommit().changed) return ['there are uncommitted changes: nobody could build this release again'];
  if (!releases().some(({ version }) => version === manifest.version)) return [`CHANGELOG.md has no release ${manifest.version}`];
  for (const name of await buildRelease(folder, { fresh: true })) stdout.write(`${name}\n`);
  return [];
}
