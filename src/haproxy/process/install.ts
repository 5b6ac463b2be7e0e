import { containsSecrets } from '../../haproxy-syntax/secrets.ts';
import { Problem, problemWith } from '../../problem/problem.ts';
import { reasonOf } from '../../system/system-error.ts';
import { type CandidateFile, type ForeignOwner, writeCandidate } from '../../system/write-file.ts';

/**
 * Replaces the content of a file atomically: a reader gets the old content or the new one, never a part.
 * @throws Problem `apply.unwritable`, `apply.owner`; then the file is unchanged
 */
export async function installFile(file: string, text: string): Promise<void> {
  await commitCandidate(file, await writeCandidateOf(file, text));
}

/** Writes a candidate beside the file that it will replace. Throws Problem `apply.unwritable`, `apply.owner`. */
export async function writeCandidateOf(file: string, text: string): Promise<CandidateFile> {
  try {
    return await writeCandidate(file, text, { secret: containsSecrets(text) });
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Renames the candidate into place. Throws Problem `apply.unwritable`, and removes the candidate then. */
export async function commitCandidate(file: string, candidate: CandidateFile): Promise<void> {
  try {
    await candidate.commit();
  } catch (error) {
    await candidate.discard();
    throw unwritable(file, error);
  }
}

const inFolder = { ENOENT: 'its folder does not exist', ENOTDIR: 'its folder is not a folder' };

/** The problem that prevents a file from being replaced: `apply.unwritable`, or `apply.owner`. */
export function unwritable(file: string, cause: unknown): Problem {
  const { code = '', theirs = '', own = '' } = cause as NodeJS.ErrnoException & Partial<ForeignOwner>;
  if (cause instanceof Problem) return cause;
  if (code === 'EOWNER') return problemWith({ cause }, 'apply.owner', { file, theirs, own });
  return problemWith({ cause }, 'apply.unwritable', { file, why: reasonOf(cause, inFolder) });
}
