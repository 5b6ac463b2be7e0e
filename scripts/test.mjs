// npm test: types, lint, build, then ava with the arguments given. Every step runs, so that all faults show at once.
// Ends with one plain line: `N passed, N failed, N skipped`; a step that fails counts as one failed. Under CI a skipped test is a failure.
import { spawn, spawnSync } from 'node:child_process';
import { argv, env, execPath, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { underCi } from './ci.mjs';
import { tapLine } from './tap.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const say = (text) => stdout.write(`${text}\n`);
const ci = underCi(env);

const failed = [];
const skipped = [];
let passed = 0;

step('types', 'node_modules/typescript/bin/tsc', '--noEmit');
step('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
step('coredns', 'scripts/coredns.mjs');
if (step('build', 'scripts/build.mjs')) await tests(argv.slice(2));

say('');
for (const title of skipped) say(`skipped: ${title}`);
for (const title of failed) say(`failed: ${title}`);
// What a kernel does not let anybody do, no build server can install (test/support/machines/kernel.ts).
const lacking = skipped.filter((title) => !title.includes('(no machine on this kernel: '));
if (ci && lacking.length > 0) say('CI is set: a skipped test is a failure');
say(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = failed.length > 0 || (ci && lacking.length > 0) ? 1 : 0;

/** Runs one of the steps before the tests; a node program, its output shown as it comes. */
function step(name, ...args) {
  say(`== ${name}`);
  const done = spawnSync(execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
  if (!done) failed.push(`${name} (a step of npm test)`);
  return done;
}

/** Runs ava and counts what its TAP says; its exit status must agree, or that counts as a failure too. */
async function tests(args) {
  say('== tests');
  const ava = spawn(execPath, ['node_modules/ava/entrypoints/cli.mjs', '--tap', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => ava.once('close', (status, signal) => done(status ?? signal)));
  const before = failed.length;
  for await (const line of createInterface({ input: ava.stdout })) read(line);
  const status = await ended;
  if (status !== 0 && failed.length === before) failed.push(`ava ended with ${status}`);
  if (status === 0 && passed + skipped.length === 0) failed.push('ava ran no test');
}

function read(line) {
  const told = tapLine(line);
  if (told.kind === 'other') {
    if (told.text !== '') say(told.text);
    return;
  }
  if (told.kind === 'passed') passed++;
  else (told.kind === 'failed' ? failed : skipped).push(told.title);
  say(`  ${told.kind.padEnd(8)}${told.title}`);
}
