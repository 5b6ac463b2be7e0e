// npm run build: bundles src/ into dist/, and makes V8's code cache of the bundle for the Node that builds.
import { rmSync } from 'node:fs';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { makeCodeCache } from './code-cache.mjs';
import { requireMade } from './made.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const dist = `${process.cwd()}/dist`;
rmSync(dist, { recursive: true, force: true });
await bundle(dist);
makeCodeCache(dist, execPath);
requireMade('npm run build', 'dist/podfront.js', 'dist/main.js', 'dist/package.json', 'dist/LICENSES.txt', 'dist/podfront.cache');
