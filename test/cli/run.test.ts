import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../../src/cli/run.ts';
import { defaultHaproxyTimeouts } from '../../src/haproxy/process/timeouts.ts';
import { podfront } from '../support/podfront.ts';

test('a defect ends with 70, is called one, and shows its stack only at log level debug', async (t) => {
  for (const [level, stack] of [
    ['info', false],
    ['debug', true],
  ] as const) {
    let said = '';
    const status = await run({
      argv: ['--log-level', level, 'init', '-'],
      env: {},
      cwd: '/',
      root: fileURLToPath(new URL('../../', import.meta.url)),
      stdout: {
        write: () => {
          throw new Error('the sink is broken');
        },
        isTTY: false,
        columns: 80,
      },
      stderr: {
        write: (text) => {
          said += text;
        },
        isTTY: false,
        columns: 80,
      },
      stdin: async () => '',
      signal: new AbortController().signal,
      pid: process.pid,
      onHangup: () => {},
      kill: () => {},
      timeouts: defaultHaproxyTimeouts,
    });
    t.is(status, 70);
    t.true(said.startsWith('podfront: error: this is a defect of podfront: the sink is broken\npodfront: hint: please report it'), said);
    t.is(/^\s+at /m.test(said), stack, said);
  }
});

for (const [command, meant] of [
  ['version', '--version'],
  ['check', 'validate'],
  ['rendr', 'render'],
] as const) {
  test(`podfront ${command}: did you mean ${meant}?`, async (t) => {
    const { status, stderr } = await podfront([command], { cwd: '/' });
    t.is(status, 2);
    t.regex(stderr, new RegExp(`^podfront: hint: did you mean ${meant}\\? see podfront --help$`, 'm'));
  });
}

test('the help of every command has examples', async (t) => {
  const { stdout } = await podfront(['--help'], { cwd: '/' });
  const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  t.true(commands.length >= 10);
  for (const command of commands) t.regex((await podfront([command, '--help'], { cwd: '/' })).stdout, /^Examples?:\n {2}# /m, command);
});

test('--version --json names the version, the Node that runs it and the platform, in either order', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  for (const args of [
    ['--version', '--json'],
    ['--json', '-V'],
  ]) {
    const { status, stdout } = await podfront(args, { cwd: '/' });
    t.is(status, 0);
    t.deepEqual(JSON.parse(stdout), { version, node: process.versions.node, platform: process.platform, arch: process.arch });
  }
  t.is((await podfront(['--version'], { cwd: '/' })).stdout, `${version}\n`);
});
