// npm run build: bundles src/ into dist/, and makes V8's code cache of the bundle for the Node that builds.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { requireMade } from './made.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await bundle(`${process.cwd()}/dist`);

// The cache holds what ran: the commands whose start matters, one after the other.
const warmUp = `
  const commands = [['render', '--config', 'examples/ingress-443/podfront.yaml', '--offline', '--no-validate', '--haproxy-version', '2.6'],
    ['check-networks', '--ignore', '0.0.0.0/0', '::/0']];
  const next = () => process.argv.splice(2, Infinity, ...(commands.shift() ?? []));
  next();
  const { cache, start } = require('./dist/main.js');
  process.on('beforeExit', () => {
    if (commands.length === 0) return require('node:fs').writeFileSync(cache.file, cache.bytes());
    next();
    start();
    // A command that waits for nothing would leave the loop empty, and beforeExit is emitted only once more when it was not.
    setImmediate(() => {});
  });
`;
const { status, stderr } = spawnSync(process.execPath, ['-e', warmUp, 'podfront'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
});
if (status !== 0) throw new Error(`the built program does not start: ${stderr}`);
requireMade('npm run build', 'dist/podfront.js', 'dist/main.js', 'dist/package.json', 'dist/LICENSES.txt', 'dist/podfront.cache');
