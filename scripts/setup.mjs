// Makes a fresh clone ready, before `npm start` and `npm test`: the packages of package-lock.json and, with --haproxy,
// HAProxy itself where that is possible. Needs nothing but Node and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { argv, env, exit, stderr, versions } from 'node:process';
import { fileURLToPath } from 'node:url';
import { underCi } from './ci.mjs';
import { notMade } from './made.mjs';
import { install, which, whyNot } from './packages.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const say = (text) => stderr.write(`podfront: ${text}\n`);

const [major = 0, minor = 0] = versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(`error: Node ${versions.node} is too old, 20.19 is the least`);
  exit(1);
}

if (stale()) {
  say('installing the packages of package-lock.json with npm ci');
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  const missing = status === 0 ? notMade(['node_modules/.package-lock.json', ...packages()]) : [];
  if (status !== 0 || missing.length > 0) {
    say(status !== 0 ? 'error: npm ci failed' : `error: npm ci ended well, but ${missing.join(', ')} is not there`);
    exit(1);
  }
}

if (argv.includes('--haproxy') && which('haproxy') === null) {
  const reason = whyNot();
  if (reason === null) install(['haproxy']);
  if (which('haproxy') === null) {
    const why = reason === null ? 'HAProxy could not be installed' : `HAProxy is not on PATH, and ${reason}`;
    say(underCi(env) ? `error: ${why}` : `${why}: what needs it is left out`);
    if (underCi(env)) exit(1);
  }
}

/** The folders of the packages that package.json names. */
function packages() {
  return Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).devDependencies ?? {}).map((name) => `node_modules/${name}`);
}

/** npm writes node_modules/.package-lock.json last: what is older than the lockfile, or has none, is not what the lockfile says. */
function stale() {
  const installed = 'node_modules/.package-lock.json';
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync('package-lock.json').mtimeMs;
}
