// Bundles src/ into dist/: one small entry, and a chunk for each command that is loaded when that command runs.
// Why bundled: docs/decisions/0001-one-bundle.md.
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'linked',
  chunkNames: 'chunk-[hash]',
  // Some of the packages are CommonJS and call require() for Node's own modules.
  banner: { js: "import { createRequire as podfrontRequire } from 'node:module'; const require = podfrontRequire(import.meta.url);" },
});
chmodSync('dist/main.js', 0o755);
