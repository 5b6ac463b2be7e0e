import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { problem } from '../problem/problem.ts';

/** A lock that is held until it is released or the process ends. */
export interface Lock {
  readonly release: () => void;
}

/**
 * Makes this the only daemon for an output file. The lock is a listening socket in Linux's abstract namespace (unix(7)): the
 * kernel takes it back when its process dies, so that there is nothing stale and nothing to clean up. It is named by the
 * folder's device and inode, so that two paths to one file are one lock.
 * @throws Problem `watch.locked`, `apply.unwritable` when there is no such folder
 */
export async function lockOutput(file: string): Promise<Lock> {
  const target = await realpath(file).catch(() => file);
  const folder = await stat(dirname(target), { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    throw problem('apply.unwritable', { file, why: error.code === 'ENOENT' ? 'its folder does not exist' : (error.code ?? error.message) });
  });
  const name = createHash('sha256')
    .update(`${folder.dev} ${folder.ino} ${basename(target)}`)
    .digest('hex')
    .slice(0, 32);
  const server: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? problem('watch.locked', { file }) : error));
    server.listen({ path: `\0podfront-${name}`, exclusive: true }, resolve);
  });
  server.unref();
  return { release: () => server.close() };
}
