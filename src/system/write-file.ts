import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants, type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { followLinks } from './follow-links.ts';

/** A new file beside its target, complete and on disk, that has not replaced it yet. */
export interface CandidateFile {
  /** The new file, in the target's folder, so that a rename is atomic. */
  readonly file: string;
  /** The file that will be replaced; behind a symlink the file it points at. */
  readonly replaces: string;
  /** Replaces the target by the new file (rename(2)) and makes that durable. */
  readonly commit: () => Promise<void>;
  /** Removes the new file. */
  readonly discard: () => Promise<void>;
}

/** The options of writing a file. */
export interface WriteOptions {
  /** Permission bits, instead of the target's. */
  readonly mode?: number;
  /** Whether the content has password hashes. */
  readonly secret?: boolean;
}

/**
 * Writes the content beside its target and syncs it. Mode and owner are the target's, or 0644 for a new file; with `secret`
 * others may not read it: 0640 for a new file. `mode` overrides both.
 * @throws the error of the file system (ENOSPC, EROFS, EACCES, ...), EISDIR or EKIND for a target that is not a regular file,
 *   `ForeignOwner`, or Problem `system.foreign-link`; then no file is left behind
 */
export async function writeCandidate(
  path: string,
  text: string,
  { mode: wanted, secret = false }: WriteOptions = {},
): Promise<CandidateFile> {
  const replaces = await followLinks(path);
  const before = await stat(replaces).catch(ifMissing);
  if (before !== undefined && !before.isFile())
    throw Object.assign(new Error(`it is ${kindOf(before)}, not a file`), { code: before.isDirectory() ? 'EISDIR' : 'EKIND' });
  const file = join(dirname(replaces), `.${basename(replaces)}.${randomBytes(6).toString('hex')}.podfront`);
  const discard = () => unlink(file).catch(() => {});
  try {
    await withHandle(await open(file, 'wx', 0o600), async (handle) => {
      await handle.writeFile(text);
      const mode = wanted ?? (before?.mode ?? 0o644) & (secret ? 0o7770 : 0o7777);
      await handle.chmod(mode);
      if (before !== undefined) await keepOwner(handle, { ...before, mode });
      await handle.sync();
    });
  } catch (error) {
    await discard();
    throw error;
  }
  const commit = async () => {
    await rename(file, replaces);
    await withHandle(await open(dirname(replaces), constants.O_RDONLY | constants.O_DIRECTORY), (folder) => folder.sync());
  };
  return { file, replaces, commit, discard };
}

/** The error of a target that belongs to another user, whose owner the new file cannot have. Owners are written as for chown(1). */
export interface ForeignOwner extends Error {
  readonly code: 'EOWNER';
  readonly theirs: string;
  readonly own: string;
}

/** Sets the target's owner: only root may change the user, others only to a group of theirs. */
async function keepOwner(handle: FileHandle, { uid, gid, mode }: { uid: number; gid: number; mode: number }): Promise<void> {
  const own = await handle.stat();
  if (own.uid === uid && own.gid === gid) return;
  await handle.chown(uid, gid).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPERM') throw cause;
    const [theirs, ours] = [`${uid}:${gid}`, `${own.uid}:${own.gid}`];
    const message = `it belongs to ${theirs}, and the owner of a file of ${ours} cannot be changed`;
    throw Object.assign(new Error(message, { cause }), { code: 'EOWNER', theirs, own: ours });
  });
  // chown(2) clears set-user-ID and set-group-ID bits.
  await handle.chmod(mode & 0o7777);
}

/** The kind of a file that is not a regular one, in words. */
function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function withHandle(handle: FileHandle, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
