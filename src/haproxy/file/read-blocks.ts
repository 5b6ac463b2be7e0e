import type { CurrentSlots, SlotsByListen } from '../slots/allocate.ts';
import { blocksOf } from './sections.ts';
import { readSlots, withoutSeeds } from './slot-lines.ts';

/** What a block of a file says. */
interface ReadBlock {
  /** The block as `withoutSeeds` gives it. */
  readonly shape: string;
  /** The listen, and which pod has which of its slots; null for any other block. */
  readonly slots: readonly [listen: string, CurrentSlots] | null;
}

/** The blocks of the file that was read last, by their text. */
let last: ReadonlyMap<string, ReadBlock> = new Map();

/** Reads the blocks of a file, each text once: of a thousand listens few differ from one file to the next. */
function readBlocks(file: string): readonly ReadBlock[] {
  const read = new Map<string, ReadBlock>();
  const blocks = blocksOf(file).map(({ text }) => {
    const block = last.get(text) ?? readBlock(text);
    read.set(text, block);
    return block;
  });
  // A block on its own is no file.
  if (blocks.length > 2) last = read;
  return blocks;
}

function readBlock(text: string): ReadBlock {
  // A copy: parts of a text keep the whole of it in memory, and a block may be the same through thousands of files.
  const copy = Buffer.from(text).toString();
  const [slots = null] = readSlots(copy);
  return { shape: withoutSeeds(copy), slots };
}

/** Which pod has which slot in a file; the same as `readSlots`, and the same object for a listen whose block has not changed. */
export function slotsInFile(file: string): SlotsByListen {
  return new Map(readBlocks(file).flatMap(({ slots }) => (slots === null ? [] : [slots])));
}

/** The file as `withoutSeeds` gives it. */
export function shapeOf(file: string): string {
  return readBlocks(file)
    .map(({ shape }) => shape)
    .join('');
}
