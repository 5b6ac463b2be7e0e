import { isUsersHeader, listenOfHeader } from './section-header.ts';

/** A file of ours cut into its sections: each listen by name, its users with it, and what stands around them. */
export interface Block {
  /** Name of the listen; null for any other section, and for what stands before the first. */
  readonly listen: string | null;
  /** Its lines, with the empty ones before it. */
  readonly text: string;
}

const newline = 10;

/**
 * Cuts the text at its section headers, which are all that stands at the beginning of a line. Joined, the blocks are the text;
 * empty lines belong to the section behind them. One pass over characters: files of 20,000 lines are cut several times a turn.
 */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let listen: string | null = null;
  let start = 0;
  let empty = -1;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const next = end < 0 ? text.length : end + 1;
    const first = text.charCodeAt(at);
    if (first >= 97 && first <= 122) {
      const line = text.slice(at, next);
      const owner = listenOfHeader(line);
      if (!isUsersHeader(line) || owner !== listen) {
        const cut = empty < 0 ? at : empty;
        blocks.push({ listen, text: text.slice(start, cut) });
        start = cut;
        listen = owner;
      }
    }
    empty = first !== newline ? -1 : empty < 0 ? at : empty;
    at = next;
  }
  blocks.push({ listen, text: text.slice(start) });
  return blocks;
}

/** The blocks of listens, by name. */
export function listenBlocks(text: string): ReadonlyMap<string, string> {
  return new Map(blocksOf(text).flatMap(({ listen, text }) => (listen === null ? [] : [[listen, text] as const])));
}

/**
 * The text with some listens as they are given: replaced, put in where they are missing, or taken out where null is given.
 * Listens come in the given order and behind everything else, as the templates write them.
 */
export function withBlocks(text: string, order: readonly string[], given: ReadonlyMap<string, string | null>): string {
  if (given.size === 0) return text;
  const blocks = blocksOf(text);
  const known = new Set(order);
  const written = new Map(blocks.map(({ listen, text }) => [listen, text]));
  const others = blocks
    .filter(({ listen }) => listen === null || !known.has(listen))
    .map(({ listen, text }) => (listen !== null && given.has(listen) ? (given.get(listen) ?? '') : text));
  const listens = order.map((name) => (given.has(name) ? given.get(name) : written.get(name)) ?? '');
  return [...others, ...listens].map(endedByNewline).join('');
}

/** What a listen's block binds, as it is written there: the text behind each `bind`, without its options. */
export function bindsIn(block: string): readonly string[] {
  return [...block.matchAll(/^\s+bind\s+(\S+)/gm)].map(([, bind = '']) => bind);
}

function endedByNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
