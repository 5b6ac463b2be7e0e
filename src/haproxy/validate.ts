import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../cli.ts';
import type { Config } from '../core/config.ts';
import { type Draft, descriptorsNeeded } from '../core/draft.ts';
import { problem } from '../core/problem.ts';
import { descriptorLimit } from '../host/limits.ts';
import { check } from './check.ts';

/**
 * Lets HAProxy judge a draft that is not to replace anything yet, in a folder of its own.
 *
 * @param target the file it may replace later, which is left out when `haproxy.with` would load it too
 * @throws Problem `haproxy.refused` with HAProxy's ALERT lines
 */
export async function validate({ io, talk }: Context, config: Config, made: Draft, target: string | null): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podfront-'));
  try {
    const file = join(await realpath(folder), 'haproxy.cfg');
    await writeFile(file, made.text, { mode: 0o600 });
    const verdict = await check(config, { file, text: made.text, target }, io.env, io.signal, io.limits.check);
    if (!verdict.ok) throw verdict.problem;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const needed = descriptorsNeeded(made.layout);
  const limit = await descriptorLimit();
  if (limit !== null && needed > limit) talk.warning(problem('render.descriptors', { needed, limit }));
}
