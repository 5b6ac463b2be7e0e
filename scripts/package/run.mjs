import { spawnSync } from 'node:child_process';
import { env } from 'node:process';

/**
 * Runs a program and returns its stdout. The locale and the time zone are fixed, because both can show in what a program writes.
 * Throws with the last lines of its stderr when it does not end with 0.
 */
export function run(program, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
    env: { ...env, LC_ALL: 'C', TZ: 'UTC', ...options.env },
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr.trim().split('\n').slice(-5).join('\n')}`);
  return stdout;
}
