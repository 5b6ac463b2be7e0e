import { link, lstat } from 'node:fs/promises';
import { Problem, problem, problemWith } from '../problem/problem.ts';
import { reasonOf } from './system-error.ts';
import { writeCandidate } from './write-file.ts';

/**
 * Writes a file that the user asked for, atomically; an existing one is replaced only with `force`.
 *
 * @param file the path as the user typed it, for messages
 * @param mode the mode of the file; default: that of the file it replaces, or 0644
 * @throws Problem `usage.file-exists` and `usage.unwritable`
 */
export async function writeNew(path: string, file: string, text: string, force: boolean, mode?: number): Promise<void> {
  try {
    await (force ? replace(path, text, mode) : create(path, file, text, mode));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw problemWith({ cause: error }, 'usage.unwritable', { file, why: reasonOf(error, { ENOENT: 'its folder does not exist' }) });
  }
}

async function replace(path: string, text: string, mode?: number): Promise<void> {
  const candidate = await writeCandidate(path, text, mode === undefined ? {} : { mode });
  await candidate.commit();
}

/** Creates a file with link(2), which fails where the name exists, so that a file that appears in the meantime is kept. */
async function create(path: string, file: string, text: string, mode?: number): Promise<void> {
  if (await exists(path)) throw problem('usage.file-exists', { file });
  const candidate = await writeCandidate(path, text, mode === undefined ? {} : { mode });
  try {
    await link(candidate.file, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw problem('usage.file-exists', { file });
    throw error;
  } finally {
    await candidate.discard();
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
