import { readPeer } from '../config/values/front.ts';
import { parseSingleBind } from '../haproxy-syntax/bind.ts';
import { Problem } from '../problem/problem.ts';
import type { ConfigLine, Section } from './section.ts';

/** The peers of a file, as podfront.yaml has them. */
export interface ImportedPeers {
  readonly section: Section;
  readonly members: readonly { readonly name: string; readonly address: string }[];
  /** The line of `global` that names this HAProxy, and the name; null without one. */
  readonly local: { readonly line: ConfigLine; readonly name: string } | null;
}

/** The name that podfront gives to its section: see templates/peers.mustache. */
const ownName = 'frontends';

/** Reads the one section `peers` of a file that has nothing but `peer NAME ADDRESS:PORT` (configuration manual 3.5); null for anything else. */
export function readPeers(sections: readonly Section[]): ImportedPeers | null {
  const [section, second] = sections.filter(({ keyword }) => keyword === 'peers');
  if (section === undefined || second !== undefined || section.lines.length === 0) return null;
  const members = section.lines.flatMap(({ words: [keyword, name = '', address = '', ...more] }) =>
    keyword === 'peer' && more.length === 0 && isPeer(name, address) ? [{ name, address }] : [],
  );
  if (members.length < section.lines.length || new Set(members.map(({ name }) => name)).size < members.length) return null;
  const line = sections
    .flatMap(({ keyword, lines }) => (keyword === 'global' ? lines : []))
    .findLast(({ words }) => words[0] === 'localpeer');
  const name = line?.words[1] ?? '';
  const isLocal = line !== undefined && line.words.length === 2 && members.some((member) => member.name === name);
  return { section, members, local: isLocal ? { line, name } : null };
}

/** The sections with stick tables on podfront's section of peers instead of the imported one. */
export function withOwnPeers(sections: readonly Section[], { section: { name } }: ImportedPeers): readonly Section[] {
  if (name === ownName) return sections;
  return sections.map((section) => ({ ...section, lines: section.lines.map((line) => withPeers(line, name)) }));
}

function withPeers(line: ConfigLine, name: string): ConfigLine {
  const at = line.words.indexOf('peers');
  if (line.words[0] !== 'stick-table' || at < 0 || line.words[at + 1] !== name) return line;
  const words = line.words.with(at + 1, ownName);
  // Words of a stick-table line need no quotes.
  return { ...line, words, text: words.join(' ') };
}

function isPeer(name: string, address: string): boolean {
  try {
    readPeer(name);
    return parseSingleBind(address).host !== null && !/^(0\.0\.0\.0|\[?::\]?):/.test(address);
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
