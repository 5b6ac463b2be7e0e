import { type ChildProcess, spawn } from 'node:child_process';
import { problem } from '../../problem/problem.ts';
import type { Env } from '../../system/process.ts';
import { shortageOf } from '../../system/system-error.ts';

/** The longest wait for `ip`, in milliseconds. It usually answers within two; a full routing table takes seconds. */
const timeout = 60_000;

/**
 * Runs iproute2 for addresses and routes in one process (starting one takes longer than its answer), and passes on its output
 * in pieces: one JSON array after the other. `onBytes` returns false to stop it. Returns the reason of a failure, or null.
 * Rejects with Problem `system.not-started` for lack of a resource.
 */
export function runIp(onBytes: (bytes: Uint8Array) => boolean, env: Env, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // NixOS activation scripts have a short PATH; the usual folders are added at its end.
    const path = [env.PATH, '/run/current-system/sw/bin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
      .filter((part) => part !== undefined)
      .join(':');
    // Where pipes cannot be made (EMFILE) it has no streams, and an error event follows.
    const child: ChildProcess = spawn('ip', ['-j', '-batch', '-'], { env: { ...env, PATH: path }, stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    let usable = true;
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(kill, timeout);
    signal.addEventListener('abort', kill, { once: true });
    const end = (failure: string | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve(failure);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      const shortage = shortageOf(error);
      if (shortage !== null) reject(problem('system.not-started', { ...shortage, program: 'ip' }));
      end(error.code === 'ENOENT' ? 'there is no ip on PATH' : error.message);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 500);
    });
    child.stdout?.on('data', (bytes: Uint8Array) => {
      if (usable) usable = onBytes(bytes);
      if (!usable) kill();
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end('address show\nroute show table all\n');
    child.once('close', (status, killedBy) => {
      if (status === 0 && usable) end(null);
      else end(errors.split('\n')[0] || (usable ? `ip ended with ${status ?? killedBy}` : 'ip does not write JSON'));
    });
  });
}
