import type { CurrentSlots, SlotsByListen } from '../slots/allocate.ts';
import { blocksOf } from './sections.ts';
import { readSlots, withoutSeeds } from './slot-lines.ts';

/** The parsed block of a file. */
interface ReadBlock {
  /** The result of `withoutSeeds` for the block. */
  readonly shape: string;
  /** The listen and the pods in its slots; null for any other block. */
  readonly slots: readonly [listen: string, CurrentSlots] | null;
}

/** The blocks of the last file, by their text. */
let last: ReadonlyMap<string, ReadBlock> = new Map();

/** Reads the blocks of a file. Blocks of the last file are not read again, because few of a thousand listens change at a time. */
function readBlocks(file: string): readonly ReadBlock[] {
  const read = new Map<string, ReadBlock>();
  const blocks = blocksOf(file).map(({ text }) => {
    const block = last.get(text) ?? readBlock(text);
    read.set(text, block);
    return block;
  });
  // A single block is not a file to remember.
  if (blocks.length > 2) last = read;
  return blocks;
}

function readBlock(text: string): ReadBlock {
  // A copy, because a part of a text keeps the whole text in memory, and a block may stay the same through thousands of files.
  const copy = Buffer.from(text).toString();
  const [slots = null] = readSlots(copy);
  return { shape: withoutSeeds(copy), slots };
}

/** The pods in the slots of a file, as `readSlots` gives them, but the same object for a listen whose block has not changed. */
export function slotsInFile(file: string): SlotsByListen {
  return new Map(readBlocks(file).flatMap(({ slots }) => (slots === null ? [] : [slots])));
}

/** The result of `withoutSeeds` for the file. */
export function shapeOf(file: string): string {
  return readBlocks(file)
    .map(({ shape }) => shape)
    .join('');
}
