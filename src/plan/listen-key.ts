import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { listenBlocks } from '../haproxy/file/sections.ts';

/** A key for the block of a listen, whatever addresses its slots are seeded with. */
export function listenKey(name: string, block: string): string {
  return `${name} ${reloadDigest(block)}`;
}

/** The key of a listen in a file. */
export function listenKeyIn(text: string, name: string): string {
  return listenKey(name, listenBlocks(text).get(name) ?? '');
}

/** The name of the listen in a key. */
export function listenOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf(' '));
}
