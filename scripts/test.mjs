// npm test: types, lint, CoreDNS, Kubernetes, build, then ava with the arguments given. With --versions it goes on with the suites that touch HAProxy
// under each HAProxy version, and with npm start, render and watch under each Node version (scripts/versions.mjs).
// Every step runs, so that all faults show at once. Ends with one plain line: `N passed, N failed, N skipped`; a step that fails counts as
// one failed. Where CI is set a skipped test is a failure, and so is a version that cannot be had.
import { spawn, spawnSync } from 'node:child_process';
import { argv, env, execPath, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { underCi } from './ci.mjs';
import { tapLine } from './tap.mjs';
import { versionRuns } from './versions.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const say = (text) => stdout.write(`${text}\n`);
const ci = underCi(env);
const args = argv.slice(2).filter((each) => each !== '--versions');

const failed = [];
const skipped = [];
let passed = 0;

step('types', 'node_modules/typescript/bin/tsc', '--noEmit');
step('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
step('coredns', 'scripts/coredns.mjs');
step('kubernetes', 'scripts/kubernetes.mjs');
if (step('build', 'scripts/build.mjs')) {
  await tests('tests', args);
  if (argv.includes('--versions')) await versions();
}

say('');
for (const title of skipped) say(`skipped: ${title}`);
for (const title of failed) say(`failed: ${title}`);
// What a kernel does not let anybody do, no build server can install (test/support/machines/kernel.ts). It is named above.
const lacking = skipped.filter((title) => !title.includes('(no machine on this kernel: '));
if (ci && lacking.length > 0) say('CI is set: a skipped test is a failure');
say(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = failed.length > 0 || (ci && lacking.length > 0) ? 1 : 0;

/** Runs one of the steps before the tests; a node program, its output shown as it comes. */
function step(name, ...words) {
  say(`== ${name}`);
  const began = Date.now();
  const done = spawnSync(execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
  if (!done) failed.push(`${name} (a step of npm test)`);
  say(`-- ${name}: ${done ? 'done' : 'failed'} after ${seconds(began)} s`);
  return done;
}

/** Each version is a step of its own, and its failures carry its name. */
async function versions() {
  for (const { name, reason, provide, files } of versionRuns()) {
    if (reason !== null) {
      say(`== ${name}: ${reason}`);
      continue;
    }
    try {
      const { folder, remove } = provide();
      await tests(name, files, folder, (title) => `${name}: ${title}`);
      remove();
    } catch (error) {
      say(`== ${name}: cannot be had: ${error.message}`);
      (ci ? failed : skipped).push(`${name} (cannot be had: ${error.message})`);
    }
  }
}

/** Runs ava, with a folder in front of PATH, and counts what its TAP says; its exit status must agree, or that counts as a failure too. */
async function tests(name, words, folder = null, titled = (title) => title) {
  say(`== ${name}`);
  const began = Date.now();
  const before = { passed, failed: failed.length, skipped: skipped.length };
  const path = folder === null ? env.PATH : `${folder}:${env.PATH}`;
  // `env node`, so that a Node in that folder runs ava too.
  const program = folder === null ? [execPath] : ['/usr/bin/env', 'node'];
  const [file, ...rest] = [...program, 'scripts/ava.mjs', '--tap', ...words];
  const ava = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...env, PATH: path } });
  const ended = new Promise((done) => ava.once('close', (status, signal) => done(status ?? signal)));
  for await (const line of createInterface({ input: ava.stdout })) read(line, titled);
  const status = await ended;
  if (status !== 0 && failed.length === before.failed) failed.push(titled(`ava ended with ${status}`));
  if (status === 0 && passed + skipped.length === before.passed + before.skipped) failed.push(titled('ava ran no test'));
  const counts = `${passed - before.passed} passed, ${failed.length - before.failed} failed, ${skipped.length - before.skipped} skipped`;
  say(`-- ${name}: ${counts} after ${seconds(began)} s`);
}

function read(line, titled) {
  const result = tapLine(line);
  if (result.kind === 'other') {
    if (result.text !== '') say(result.text);
    return;
  }
  const title = titled(result.title);
  if (result.kind === 'passed') passed++;
  else (result.kind === 'failed' ? failed : skipped).push(title);
  say(`  ${result.kind.padEnd(8)}${title}`);
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1);
}
