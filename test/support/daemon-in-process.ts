import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { run } from '../../src/cli/run.ts';
import { defaultHaproxyTimeouts } from '../../src/haproxy/process/timeouts.ts';
import type { HaproxyTimeouts } from '../../src/system/process.ts';
import { type Frontend, watched } from './daemon-frontend.ts';

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** The time limits for HAProxy that differ from the usual ones. */
  readonly limits?: Partial<HaproxyTimeouts>;
}

/** `podfront watch` in the process of the test, so that it need not be waited for as long as on a real machine; it ends with the test. */
export function watchHere(t: ExecutionContext, front: Pick<Frontend, 'folder' | 'config'>, { env, limits }: Surroundings = {}) {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const sink = { write, isTTY: false, columns: 80 };
  const stop = new AbortController();
  const ended = run({
    argv: ['--config', front.config, '--log-level', 'debug', 'watch'],
    env: { PATH: process.env.PATH, ...env },
    cwd: front.folder,
    root: fileURLToPath(new URL('../../', import.meta.url)),
    stdout: sink,
    stderr: sink,
    stdin: async () => '',
    signal: stop.signal,
    pid: process.pid,
    onHangup: () => {},
    kill: (pid, signal) => void process.kill(pid, signal),
    timeouts: { ...defaultHaproxyTimeouts, ...limits },
  });
  const end = async () => {
    stop.abort('SIGTERM');
    return ended;
  };
  t.teardown(async () => {
    await end();
    if (!t.passed) t.log(text);
  });
  return { ...watched(front, () => text), end };
}
