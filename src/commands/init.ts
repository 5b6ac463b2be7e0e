import { resolve } from 'node:path';
import { starterConfig } from '../config/starter.ts';
import type { Context } from '../context.ts';
import { writeNew } from '../system/new-file.ts';
import { writeResult } from '../system/output.ts';

/** The options of `podfront init`. */
export interface InitOptions {
  readonly force?: boolean;
}

/** `podfront init [FILE]`: writes a commented starter configuration; `-` is stdout. Throws usage.file-exists and usage.unwritable. */
export async function init({ io, messages }: Context, file = 'podfront.yaml', { force = false }: InitOptions = {}): Promise<number> {
  if (file === '-') {
    writeResult(io.stdout, starterConfig);
    return 0;
  }
  await writeNew(resolve(io.cwd, file), file, starterConfig, force);
  messages.info(`wrote ${file}; try: podfront${file === 'podfront.yaml' ? '' : ` --config ${file}`} render --offline`);
  return 0;
}
