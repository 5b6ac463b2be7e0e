import { parseVersion, type Version } from '../../haproxy-syntax/version.ts';
import { problem } from '../../problem/problem.ts';
import { type Ended, exec } from '../../system/exec.ts';
import { type HaproxyEnv, withoutHaproxyVariables } from './environment.ts';

/**
 * Asks the binary for its version; null when there is no such binary.
 * @throws Problem `haproxy.missing` when it cannot be started, `haproxy.version-unknown` and `haproxy.version-unsupported`
 */
export async function installedVersion(binary: string, env: HaproxyEnv, signal: AbortSignal): Promise<Version | null> {
  const ended: Ended = await exec(binary, ['-v'], { env: withoutHaproxyVariables(env), timeout: 10_000, signal });
  switch (ended.kind) {
    case 'exited':
      return parseVersion(ended.stdout);
    case 'missing':
      // Words stand for a lack of files or processes, not for a program that is not there.
      if (ended.why.includes(' ')) throw problem('haproxy.missing', { binary, why: ended.why });
      return null;
    case 'killed':
    case 'timeout':
      throw problem('haproxy.version-unknown', { got: `${binary} -v, which did not finish` });
    default:
      return ended satisfies never;
  }
}
