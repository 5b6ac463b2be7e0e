import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A new content that stands beside its target, complete and on disk, and is not in force yet. */
export interface Staged {
  /** The candidate: in the target's own folder, so that a rename is atomic. */
  readonly file: string;
  /** The file that will be replaced; behind a symlink the file it points at. */
  readonly target: string;
  /** Puts the candidate in the target's place (rename(2)) and makes that durable. */
  readonly commit: () => Promise<void>;
  /** Removes the candidate. */
  readonly discard: () => Promise<void>;
}

/** How a file is written. */
export interface StageOptions {
  /** Permission bits that hold whatever the target has. */
  readonly mode?: number;
  /** Whether the content has password hashes in it. */
  readonly secret?: boolean;
}

/**
 * Writes the content beside its target and syncs it; mode and owner are the target's, or 0644 for a new file;
 * others never may read it where `secret` is set: 0640 for a new file. `mode` holds instead of all that.
 * Throws what the file system says (ENOSPC, EROFS, EACCES, EISDIR, ...), and `ForeignOwner`; then nothing is left behind.
 */
export async function stage(path: string, text: string, { mode: wanted, secret = false }: StageOptions = {}): Promise<Staged> {
  const target = await followLinks(path);
  const before = await stat(target).catch(ifMissing);
  if (before?.isDirectory()) throw Object.assign(new Error('EISDIR: is a directory'), { code: 'EISDIR' });
  const file = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.podfront`);
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
    await rename(file, target);
    await withHandle(await open(dirname(target), constants.O_RDONLY | constants.O_DIRECTORY), (folder) => folder.sync());
  };
  return { file, target, commit, discard };
}

/** That the target belongs to somebody else, and a file in its place could not (`code` is EOWNER). Owners are written as chown(1) takes them. */
export interface ForeignOwner extends Error {
  readonly code: 'EOWNER';
  readonly theirs: string;
  readonly own: string;
}

/** Only root may give a file away; anybody else to a group of theirs. */
async function keepOwner(handle: FileHandle, { uid, gid, mode }: { uid: number; gid: number; mode: number }): Promise<void> {
  const own = await handle.stat();
  if (own.uid === uid && own.gid === gid) return;
  await handle.chown(uid, gid).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPERM') throw cause;
    const [theirs, ours] = [`${uid}:${gid}`, `${own.uid}:${own.gid}`];
    const message = `it belongs to ${theirs}, and a file of ${ours} cannot be given away`;
    throw Object.assign(new Error(message, { cause }), { code: 'EOWNER', theirs, own: ours });
  });
  // chown(2) clears set-user-ID and set-group-ID bits.
  await handle.chmod(mode & 0o7777);
}

/** The path with every symlink followed; a dangling link names the file to create. */
async function followLinks(path: string): Promise<string> {
  const whole = await realpath(path).catch(ifMissing);
  if (whole !== undefined) return whole;
  const link = await lstat(path).catch(ifMissing);
  if (link?.isSymbolicLink()) throw Object.assign(new Error('ENOENT: it is a symlink to a file that does not exist'), { code: 'ENOENT' });
  return join(await realpath(dirname(path)), basename(path));
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
