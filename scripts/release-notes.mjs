// Prints what CHANGELOG.md says about the version of package.json. Ends with 1 when it says nothing.
import { stderr, stdout } from 'node:process';
import { manifest, releases } from './package/source.mjs';

const text = releases().find(({ version }) => version === manifest.version)?.text;
if (text === undefined) {
  stderr.write(`podfront: error: CHANGELOG.md has no release ${manifest.version}\n`);
  process.exitCode = 1;
} else {
  stdout.write(`${text}\n`);
}
