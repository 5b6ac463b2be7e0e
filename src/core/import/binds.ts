import { parseBind } from '../bind.ts';
import { Problem } from '../problem.ts';
import type { ImportedBind } from './imported.ts';
import { rawWords } from './raw-words.ts';
import type { Line } from './sections.ts';

/** What the bind lines of a proxy come to: plain addresses, and lines that stay as they are because they have options or no IP address. */
export interface Binds {
  readonly plain: readonly ImportedBind[];
  readonly lines: readonly Line[];
}

/** Reads `bind ADDRESS[,ADDRESS...] [OPTIONS]` (configuration manual 4.2, bind). */
export function readBinds(lines: readonly Line[]): Binds {
  const plain: ImportedBind[] = [];
  const kept: Line[] = [];
  for (const line of lines) {
    const [, address, ...options] = rawWords(line.text);
    const binds = address === undefined ? [] : address.text.split(',').map(readOne);
    const known = binds.filter((bind) => bind !== null);
    if (options.length === 0 && address !== undefined && address.raw === address.text && known.length === binds.length)
      plain.push(...known);
    else kept.push(line);
  }
  return { plain, lines: kept };
}

/** An address podfront binds; with `:::` mended to the `::` that was meant. Null for everything else. */
function readOne(text: string): ImportedBind | null {
  if (isBind(text)) return { text, mended: null };
  const mended = text.replace(/:{3,}(?!\d+$)/g, '::');
  return mended !== text && isBind(mended) ? { text: mended, mended: text } : null;
}

function isBind(text: string): boolean {
  try {
    parseBind(text);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
