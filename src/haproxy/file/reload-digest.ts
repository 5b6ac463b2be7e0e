import { createHash } from 'node:crypto';
import { blocksOf } from './sections.ts';
import { withoutSeeds } from './slot-lines.ts';

/** Digests of blocks that were asked for lately, by digest of the block itself: most of a file is what it was a moment ago. */
let fresh = new Map<string, string>();
let stale = new Map<string, string>();
const kept = 20_000;

/** The last files asked about: the one that is and the one that should be come again and again. */
let files: readonly { readonly text: string; readonly digest: string }[] = [];

/** Names the shape of a file or of a block of it (see `shapeOf`): what has one digest differs in nothing that HAProxy needs a reload for. */
export function reloadDigest(text: string): string {
  const known = files.find((file) => file.text === text);
  if (known !== undefined) return known.digest;
  const blocks = blocksOf(text);
  if (blocks.length <= 2) return blockDigest(text);
  const hash = createHash('sha256');
  for (const block of blocks) hash.update(blockDigest(block.text));
  const digest = hash.digest('hex').slice(0, 32);
  files = [{ text, digest }, ...files.slice(0, 2)];
  return digest;
}

/** Notes that a file differs from another one in seeds alone, for whoever knows: it then need not be read to be told apart. */
export function sameShape(known: string, text: string): void {
  if (known !== text) files = [{ text, digest: reloadDigest(known) }, ...files.slice(0, 2)];
}

function blockDigest(text: string): string {
  const key = createHash('sha256').update(text).digest('base64');
  const known = fresh.get(key) ?? stale.get(key);
  const digest = known ?? createHash('sha256').update(withoutSeeds(text)).digest('hex').slice(0, 32);
  if (fresh.size >= kept) [stale, fresh] = [fresh, new Map()];
  fresh.set(key, digest);
  return digest;
}
