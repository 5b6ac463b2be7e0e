import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Context } from '../../context.ts';
import { checkFile } from './check.ts';

/**
 * Lets HAProxy check a file that is not to replace anything yet, in a folder of its own.
 *
 * @param target the file it may replace later, which is left out when `haproxy.with` would load it too
 * @throws Problem `haproxy.refused` with HAProxy's ALERT lines
 */
export async function checkInTemporaryFolder({ io }: Context, config: Config, text: string, target: string | null): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podfront-'));
  try {
    const file = join(await realpath(folder), 'haproxy.cfg');
    await writeFile(file, text, { mode: 0o600 });
    const verdict = await checkFile(config, { file, text, target }, io.env, io.signal, io.timeouts.check);
    if (!verdict.ok) throw verdict.problem;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
