import { createHash } from 'node:crypto';
import { shapeOf } from './read-blocks.ts';

/** The last files with their digests: a reconciliation compares the current and the desired one several times. */
let recent: readonly { readonly text: string; readonly digest: string }[] = [];

/**
 * The digest of a file, or of a block of it, without the addresses that HAProxy's own resolver follows: HAProxy needs no
 * reload between two files of one digest.
 */
export function reloadDigest(text: string): string {
  const known = recent.find((file) => file.text === text);
  if (known !== undefined) return known.digest;
  const digest = createHash('sha256').update(shapeOf(text)).digest('hex').slice(0, 32);
  rememberDigest(text, digest);
  return digest;
}

/** Remembers the digest of a text that is known to differ from another text only in parts that need no reload. */
export function rememberDigest(text: string, digest: string): void {
  recent = [{ text, digest }, ...recent.slice(0, 2)];
}
