import { tokenise } from '../../src/haproxy-syntax/line.ts';
import type { ConfigLine } from '../../src/import/section.ts';

/** Lines of a section, as the import reads them. */
export function configLines(...texts: readonly string[]): readonly ConfigLine[] {
  return texts.map((text, i) => ({ number: i + 1, text, words: tokenise(text).words, comments: [] }));
}
