import { link, lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../cli.ts';
import { Problem, problem, problemWith } from '../core/problem.ts';
import { starter } from '../core/starter.ts';
import { stage } from '../host/write-file.ts';

export interface InitOptions {
  readonly force?: boolean;
}

/** `podfront init [FILE]`: writes a commented starter. `-` is stdout. Throws usage.file-exists and usage.unwritable. */
export async function init({ io, talk }: Context, file = 'podfront.yaml', { force = false }: InitOptions = {}): Promise<number> {
  if (file === '-') {
    io.stdout.write(starter);
    return 0;
  }
  const path = resolve(io.cwd, file);
  try {
    await (force ? replace(path) : create(path, file));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw problemWith({ cause: error }, 'usage.unwritable', { file, why: said(error as NodeJS.ErrnoException) });
  }
  talk.info(`wrote ${file}; try: podfront${file === 'podfront.yaml' ? '' : ` --config ${file}`} render --offline`);
  return 0;
}

async function replace(path: string): Promise<void> {
  const staged = await stage(path, starter);
  await staged.commit();
}

/** link(2) makes the name only where there is none: whatever comes to be there in the meantime is kept. */
async function create(path: string, file: string): Promise<void> {
  if (await exists(path)) throw problem('usage.file-exists', { file });
  const staged = await stage(path, starter);
  try {
    await link(staged.file, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw problem('usage.file-exists', { file });
    throw error;
  } finally {
    await staged.discard();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function said({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return 'its folder does not exist';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'what should be its folder is a file';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    default:
      return message;
  }
}
