// V8's code cache of the bundle, which halves the time to start. Why: docs/decisions/0001-one-bundle.md.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// The cache holds what ran: the commands whose start matters, one after the other, with inputs that are the same on every machine.
// The seeds of V8's hash tables decide in which order the cache is written. They are flags, and a cache is valid for one set of flags only:
// the flags are back at their defaults before it is written.
const warmUp = `
  const scene = 'fixtures/networks/scene/a-clean-vm/';
  const commands = [['render', '--config', 'examples/ingress-443/podfront.yaml', '--offline', '--no-validate', '--haproxy-version', '2.6'],
    ['check-networks', '--addresses', scene + 'addresses.json', '--routes', scene + 'routes.json', '--resolv-conf', scene + 'resolv.conf']];
  for (const seed of ['--hash-seed=0', '--random-seed=0']) require('node:v8').setFlagsFromString(seed);
  const main = process.argv.pop();
  const next = () => process.argv.splice(2, Infinity, ...(commands.shift() ?? []));
  next();
  const { cache, start } = require(main);
  process.on('beforeExit', () => {
    if (commands.length === 0) return require('node:fs').writeFileSync(cache.file, cache.bytes());
    next();
    start();
    // A command that waits for nothing would leave the loop empty, and beforeExit is emitted only once more when it was not.
    setImmediate(() => {});
  });
`;

/**
 * Writes podfront.cache beside the bundle in a folder (absolute path), for the Node that is given: the same bytes for the same bundle and
 * the same Node. The folder needs templates/ and package.json beside it. Throws when the bundle does not start.
 */
export function makeCodeCache(folder, node) {
  const args = ['--hash-seed=1', '--random-seed=1', '-e', warmUp, 'podfront', join(folder, 'main.js')];
  // Variables of the caller, such as NODE_OPTIONS, would change the flags.
  const { status, error, stderr } = spawnSync(node, args, { cwd: root, encoding: 'utf8', env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  if (status !== 0 || !existsSync(join(folder, 'podfront.cache')))
    throw new Error(`the built program does not start: ${error?.message ?? stderr}`);
}

/** How often the same bytes have to come out, and the most runs for that. */
const [agreement, maxRuns] = [5, 100];

/**
 * The same for what is published: the bytes that come out most. On a busy machine V8's threads may leave another cache in one of ten runs,
 * which is as good and not the same; without the threads it would be valid only where they are off. Throws when no bytes come out five times.
 */
export function makeReproducibleCodeCache(folder, node) {
  const file = join(folder, 'podfront.cache');
  const counts = new Map();
  for (let run = 0; run < maxRuns; run++) {
    rmSync(file, { force: true });
    makeCodeCache(folder, node);
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    counts.set(digest, (counts.get(digest) ?? 0) + 1);
    if (counts.get(digest) === agreement) return;
  }
  throw new Error(`the code cache came out different in ${counts.size} of ${maxRuns} runs`);
}
