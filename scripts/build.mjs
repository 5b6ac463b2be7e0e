// Bundles src/ into dist/podfront.js, and makes V8's code cache of it for the Node that builds.
// Why: docs/decisions/0001-one-bundle.md.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await build({
  absWorkingDir: process.cwd(),
  entryPoints: ['src/main.ts'],
  outfile: 'dist/podfront.js',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  charset: 'ascii',
  legalComments: 'linked',
  define: { 'import.meta.url': 'podfrontUrl' },
  banner: { js: 'const podfrontUrl = require("node:url").pathToFileURL(__filename).href;' },
});
copyFileSync('scripts/launch.cjs', 'dist/main.js');
chmodSync('dist/main.js', 0o755);
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

// The cache holds what ran: the commands whose start matters, one after the other.
const warmUp = `
  const commands = [['render', '--config', 'examples/ingress-443/podfront.yaml', '--offline', '--no-validate', '--haproxy-version', '2.6'],
    ['check-networks', '--ignore', '0.0.0.0/0', '::/0']];
  const next = () => process.argv.splice(2, Infinity, ...(commands.shift() ?? []));
  next();
  const { script, cache, start } = require('./dist/main.js');
  process.on('beforeExit', () => {
    if (commands.length === 0) return require('node:fs').writeFileSync(cache, script.createCachedData());
    next();
    start();
    // A command that waits for nothing would leave the loop empty, and then beforeExit is not told again.
    setImmediate(() => {});
  });
`;
const { status, stderr } = spawnSync(process.execPath, ['-e', warmUp, 'podfront'], {
  encoding: 'utf8',
  stdio: ['ignore', 'ignore', 'pipe'],
});
if (status !== 0) throw new Error(`the built program does not start: ${stderr}`);
