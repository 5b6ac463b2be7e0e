import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../../src/cli/run.ts';
import { defaultHaproxyTimeouts } from '../../src/haproxy/process/timeouts.ts';

test('a defect ends with 70, is called one, and shows its stack only to whoever debugs', async (t) => {
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
