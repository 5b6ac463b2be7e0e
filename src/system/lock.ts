import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { Problem, problem } from '../problem/problem.ts';
import { followLinks } from './follow-links.ts';
import { reasonOf, shortageOf } from './system-error.ts';

/** A lock that is held until it is released or the process ends. */
export interface Lock {
  readonly release: () => Promise<void>;
}

/** The most attempts to take over the lock of a dead process; more than one is needed only where several daemons start together. */
const maxAttempts = 5;
/** The errors of a folder in which nothing can be created: no other daemon can write there either, so no lock is needed. */
const unwritable = ['EROFS', 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM'];

/**
 * Makes this the only daemon for an output file. The lock is a listening unix socket beside it: a connection shows that
 * the holder lives, in any network or process namespace, and only users who may write to the folder can take it. The socket
 * of a dead process refuses connections, and is taken over.
 * @throws Problem `watch.locked`, `apply.unwritable` when there is no such folder, or for lack of a resource, `system.foreign-link`
 */
export async function lockOutput(file: string): Promise<Lock> {
  const target = await realOutput(file);
  const folder = await open(dirname(target), 'r').catch((error: NodeJS.ErrnoException) => {
    throw problem('apply.unwritable', { file, why: reasonOf(error, { ENOENT: 'its folder does not exist' }) });
  });
  try {
    // The name of a socket may have 107 bytes (unix(7)): one through the open folder is short, wherever that is.
    const at = (name: string) => join('/proc/self/fd', String(folder.fd), name);
    const name = lockName(basename(target));
    const candidate = at(`${name}.${randomBytes(4).toString('hex')}`);
    const server = await listenOn(candidate);
    if (server === null) return { release: async () => {} };
    try {
      await place(candidate, at(name), file);
    } catch (error) {
      server.close();
      throw error;
    }
    const path = join(dirname(target), name);
    const { ino } = await lstat(path, { bigint: true });
    return { release: () => release(server, path, ino) };
  } catch (error) {
    throw error instanceof Problem ? error : problem('apply.unwritable', { file, why: reasonOf(error) });
  } finally {
    await folder.close();
  }
}

/** Whether a daemon has the lock of an output file. */
export async function isLocked(file: string): Promise<boolean> {
  const target = await realOutput(file);
  const folder = await open(dirname(target), 'r').catch(() => null);
  if (folder === null) return false;
  try {
    return await isAnswered(join('/proc/self/fd', String(folder.fd), lockName(basename(target))));
  } finally {
    await folder.close();
  }
}

async function realOutput(file: string): Promise<string> {
  try {
    return await followLinks(file);
  } catch (error) {
    if (error instanceof Problem) throw error;
    return file;
  }
}

/** Gives the candidate, which listens already, the name of the lock. */
async function place(candidate: string, path: string, file: string): Promise<void> {
  try {
    for (let attempt = 1; ; attempt++) {
      const taken = await link(candidate, path).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
          return true;
        },
      );
      if (!taken) return;
      if (attempt === maxAttempts || !(await removeStale(path))) throw problem('watch.locked', { file });
    }
  } finally {
    await unlink(candidate).catch(() => {});
  }
}

/** Removes a lock whose holder is dead. Returns false where the holder lives. */
async function removeStale(path: string): Promise<boolean> {
  const before = await lstat(path, { bigint: true }).catch(() => null);
  if (before === null) return true;
  if (before.isSocket() && (await isAnswered(path))) return false;
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  await rename(path, aside).catch(() => {});
  const moved = await lstat(aside, { bigint: true }).catch(() => null);
  // Another daemon may have taken over the stale lock in between: its lock is put back.
  if (moved !== null && moved.ino !== before.ino) await link(aside, path).catch(() => {});
  await unlink(aside).catch(() => {});
  return true;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', (error: NodeJS.ErrnoException) => {
        if (shortageOf(error) !== null) reject(error);
        // Without permission to connect, all that is known is that someone else has it.
        else resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
      });
  });
}

/** Null where nothing can be created in the folder. */
async function listenOn(path: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  const opened = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (unwritable.includes(error.code ?? '')) resolve(false);
      else reject(error);
    });
    server.listen({ path, exclusive: true }, () => resolve(true));
  });
  if (!opened) return null;
  server.unref();
  return server;
}

async function release(server: Server, path: string, ino: bigint): Promise<void> {
  const now = await lstat(path, { bigint: true }).catch(() => null);
  if (now?.ino === ino) await unlink(path).catch(() => {});
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** The name of the lock: hidden and not `*.cfg`, so that a HAProxy that loads the folder ignores it. */
function lockName(output: string): string {
  const short = Buffer.byteLength(output) <= 60 ? output : createHash('sha256').update(output).digest('hex').slice(0, 32);
  return `.${short}.lock`;
}
