import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, interruptibleSleep } from './clock.ts';

/** The files and folders that may make another file of ours, or have HAProxy think otherwise of it. */
export interface WatchedFiles {
  /** Compared by content. */
  readonly read: readonly string[];
  /** Compared by their stamps alone, so that private keys stay unread: what HAProxy reads itself. */
  readonly stamped: readonly string[];
}

/** How often names and contents are compared, whatever events came or did not, in milliseconds. */
const every = 500;
/** File systems stamp changes in steps of a few milliseconds; within this time of a change the stamp alone is not trusted. */
const racy = 2_000;

/**
 * Calls `changed` whenever the content of one of the files, or of a template or configuration in one of the folders, is
 * another than before, until the signal. Events (chokidar's) are hints only, that make the next look come at once: a
 * symlink that is retargeted (a NixOS generation, /etc/static) gives none.
 *
 * @param watched what to look at now; it need not exist
 * @param known its content as it is known already (see `contentOf`)
 */
export async function watchFiles(
  watched: () => WatchedFiles,
  known: string,
  changed: () => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { watch } = await import('chokidar');
  let hinted: () => void = () => {};
  const watcher = watch([...watched().read], { ignoreInitial: true, depth: 0 })
    .on('all', () => hinted())
    // Out of inotify watches, for example; looking at the files goes on without.
    .on('error', () => {});
  const seen: Cache = new Map();
  try {
    for (let before = known; ; ) {
      const sleep = interruptibleSleep(clock, every, signal);
      hinted = sleep.wake;
      await sleep.done;
      const now = await contentDigest(watched(), seen);
      if (now !== before) changed();
      before = now;
    }
  } finally {
    await watcher.close();
  }
}

type Cache = Map<string, { readonly stamp: string; readonly digest: string }>;

/** One digest over names, the real paths behind them, and contents or stamps; what is missing or cannot be read is part of it. */
export async function contentDigest({ read, stamped }: WatchedFiles, cache: Cache = new Map()): Promise<string> {
  const hash = createHash('sha256');
  for (const path of read) {
    for (const file of await filesAt(path, /\.(cfg|mustache)$/)) hash.update(`${file}\0${await fingerprint(file, cache)}\0`);
  }
  for (const path of stamped) {
    for (const file of await filesAt(path, /^[^.]/)) hash.update(`${file}\0${(await stampOf(file)).stamp}\0`);
  }
  return hash.digest('hex');
}

/** The file itself, or those in the folder whose names are wanted. */
async function filesAt(path: string, wanted: RegExp): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => null);
  return names === null
    ? [path]
    : names
        .filter((name) => wanted.test(name))
        .sort()
        .map((name) => join(path, name));
}

async function fingerprint(path: string, cache: Cache): Promise<string> {
  const { real, stamp, changedAt } = await stampOf(path);
  if (real === null) return stamp;
  const known = cache.get(real);
  if (known?.stamp === stamp) return known.digest;
  const content = await readFile(real).catch((error: NodeJS.ErrnoException) => `${error.code} ${stamp}`);
  const digest = `${real} ${createHash('sha256').update(content).digest('hex')}`;
  if (Date.now() - changedAt > racy) cache.set(real, { stamp, digest });
  return digest;
}

/** What tells a file from another one in its place, and from itself changed, without reading it; `real` is null where there is none. */
async function stampOf(path: string): Promise<{ readonly real: string | null; readonly stamp: string; readonly changedAt: number }> {
  try {
    const real = await realpath(path);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    return { real, stamp: [real, dev, ino, size, mtimeNs, ctimeNs].join(' '), changedAt: Number(ctimeNs / 1_000_000n) };
  } catch (error) {
    return { real: null, stamp: (error as NodeJS.ErrnoException).code ?? 'unreadable', changedAt: 0 };
  }
}
