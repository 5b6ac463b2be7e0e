import { parseVersion, type Version } from '../../haproxy-syntax/version.ts';
import { problem } from '../../problem/problem.ts';
import { type Ended, exec } from '../../system/exec.ts';
import type { Env } from '../../system/process.ts';
import { withoutHaproxyVariables } from './environment.ts';

/**
 * Asks the binary for its version; null when there is no such binary.
 * @throws Problem `system.not-started`, `haproxy.version-unknown` and `haproxy.version-unsupported`
 */
export async function installedVersion(binary: string, env: Env, signal: AbortSignal): Promise<Version | null> {
  const ended: Ended = await exec(binary, ['-v'], { env: withoutHaproxyVariables(env), timeout: 10_000, signal });
  switch (ended.kind) {
    case 'exited':
      return parseVersion(ended.stdout);
    case 'missing':
      return null;
    case 'shortage':
      throw problem('system.not-started', { ...ended, program: binary });
    case 'killed':
    case 'timeout':
      throw problem('haproxy.version-unknown', { got: `${binary} -v, which did not finish` });
    default:
      return ended satisfies never;
  }
}
