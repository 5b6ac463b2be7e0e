import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, interruptibleSleep } from './clock.ts';
import { readFileBounded } from './read-file.ts';

/** The files and folders on which the desired file, or HAProxy's verdict on it, depends. */
export interface WatchedFiles {
  /** Compared by content. */
  readonly read: readonly string[];
  /** Compared by inode and times only, so that private keys stay unread: files that HAProxy reads. */
  readonly stamped: readonly string[];
}

/** Milliseconds between two comparisons, with or without events. */
const interval = 500;
/** Milliseconds after a change in which times are not trusted: file systems record them in steps of a few milliseconds. */
const untrustedFor = 2_000;

/**
 * Calls `changed` whenever the content of one of the files, or of a template or configuration in one of the folders, has
 * changed, until the signal. chokidar's events only trigger the next comparison at once: a retargeted symlink (a NixOS
 * generation, /etc/static) causes none.
 *
 * @param watched the current files and folders, which need not exist
 * @param known the digest of their known content (see `contentDigest`)
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
    // For example when inotify watches run out; the comparisons go on without events.
    .on('error', () => {});
  const seen: Cache = new Map();
  try {
    for (let before = known; ; ) {
      const sleep = interruptibleSleep(clock, interval, signal);
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

/** The largest file whose content is compared, in bytes; larger ones are compared by inode and times. */
const maxBytes = 64 * 1024 * 1024;

type Cache = Map<string, { readonly stamp: string; readonly digest: string }>;

/** One digest of names, real paths, and contents or times; that a file is missing or unreadable is part of it. */
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

/** The file itself, or the files in the folder whose names match. */
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
  const read = readFileBounded(real, maxBytes);
  const content = read.kind === 'content' ? read.bytes : `${read.kind} ${stamp}`;
  const digest = `${real} ${createHash('sha256').update(content).digest('hex')}`;
  if (Date.now() - changedAt > untrustedFor) cache.set(real, { stamp, digest });
  return digest;
}

/** Reads a file with `read`, again only where its inode, size or times have changed, or are too new to be reliable. */
export function cachedReader<T>(path: string, read: () => Promise<T>, clock: Pick<Clock, 'now'>): () => Promise<T> {
  let cached: { readonly stamp: string; readonly content: T } | null = null;
  return async () => {
    const { stamp, changedAt } = await stampOf(path);
    if (cached?.stamp === stamp) return cached.content;
    const content = await read();
    cached = clock.now() - changedAt > untrustedFor ? { stamp, content } : null;
    return content;
  };
}

/** Inode, size and times of a file, which change when it is changed or replaced; `real` is null where there is none. */
async function stampOf(path: string): Promise<{ readonly real: string | null; readonly stamp: string; readonly changedAt: number }> {
  try {
    const real = await realpath(path);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    return { real, stamp: [real, dev, ino, size, mtimeNs, ctimeNs].join(' '), changedAt: Number(ctimeNs / 1_000_000n) };
  } catch (error) {
    return { real: null, stamp: (error as NodeJS.ErrnoException).code ?? 'unreadable', changedAt: 0 };
  }
}
