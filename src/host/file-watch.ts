import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, nap } from './clock.ts';

/** How often names and contents are compared, whatever events came or did not, in milliseconds. */
const every = 500;
/** File systems stamp changes in steps of a few milliseconds; within this time of a change the stamp alone is not trusted. */
const racy = 2_000;

/**
 * Calls `changed` whenever the content of one of the files, or of a template or configuration in one of the folders, is
 * another than before, until the signal. Events (chokidar's) are hints only, that make the next look come at once: a
 * symlink that is retargeted (a NixOS generation, /etc/static) gives none.
 */
export async function watchFiles(paths: readonly string[], changed: () => void, clock: Clock, signal: AbortSignal): Promise<void> {
  const { watch } = await import('chokidar');
  let hinted: () => void = () => {};
  const watcher = watch([...paths], { ignoreInitial: true, depth: 0 })
    .on('all', () => hinted())
    // Out of inotify watches, for example; looking at the files goes on without.
    .on('error', () => {});
  const seen: Cache = new Map();
  try {
    for (let before = await contentOf(paths, seen); ; ) {
      const sleep = nap(clock, every, signal);
      hinted = sleep.wake;
      await sleep.done;
      const now = await contentOf(paths, seen);
      if (now !== before) changed();
      before = now;
    }
  } finally {
    await watcher.close();
  }
}

type Cache = Map<string, { readonly stamp: string; readonly digest: string }>;

/** One digest over names, the real paths behind them, and contents; what is missing or cannot be read is part of it. */
export async function contentOf(paths: readonly string[], cache: Cache = new Map()): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const names = await readdir(path).catch(() => null);
    const files = names === null ? [path] : names.filter((name) => /\.(cfg|mustache)$/.test(name)).map((name) => join(path, name));
    for (const file of files.sort()) hash.update(`${file}\0${await fingerprint(file, cache)}\0`);
  }
  return hash.digest('hex');
}

async function fingerprint(path: string, cache: Cache): Promise<string> {
  try {
    const real = await realpath(path);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    const stamp = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    const known = cache.get(real);
    if (known?.stamp === stamp) return known.digest;
    const digest = `${real} ${createHash('sha256')
      .update(await readFile(real))
      .digest('hex')}`;
    if (Date.now() - Number(ctimeNs / 1_000_000n) > racy) cache.set(real, { stamp, digest });
    return digest;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
