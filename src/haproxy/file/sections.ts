import { isUsersHeader, listenOfHeader } from './section-header.ts';

/** A part of a file of podfront: a listen with its users, or another section. */
export interface Block {
  /** The name of the listen; null for any other section, and for lines before the first section. */
  readonly listen: string | null;
  /** Its lines, with the empty ones before it. */
  readonly text: string;
}

const newline = 10;

/**
 * Splits a file at its section headers, the only lines that are not indented. Joined, the blocks are the file; empty lines belong
 * to the section after them. It takes one pass, because a file of 20,000 lines is split several times in a reconciliation.
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
 * The file with some listens replaced by the given blocks: added where they are missing, removed where null is given. Listens
 * come in the given order and after everything else, as the templates write them.
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

/** The addresses that a text binds, as they are written: the word after each `bind`. */
export function bindsIn(block: string): readonly string[] {
  return [...block.matchAll(/^[ \t]+bind[ \t]+(\S+)/gm)].map(([, bind = '']) => bind);
}

function endedByNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
