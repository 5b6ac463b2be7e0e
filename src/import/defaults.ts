import type { ConfigLine, Section } from './section.ts';

/** What a defaults section gives to its proxies. */
export interface Inheritance {
  /** The section, behind those that it takes from. */
  readonly parents: readonly Section[];
  /** The lines that the first defaults section does not have. */
  readonly further: readonly ConfigLine[];
  /** The last line of all, by its first word. */
  readonly last: ReadonlyMap<string, ConfigLine>;
}

/** The defaults sections of a file. */
export interface Defaults {
  /** The section that holds for a proxy: the one it names, or the last one above it (configuration manual 4). */
  readonly of: (proxy: Section) => Section | undefined;
  /** What a section gives; null where it takes from so many others that this cannot be told soon. Prepared once: thousands of proxies may share it. */
  readonly inheritance: (section: Section | undefined) => Inheritance | null;
}

/** Sections that one may take from, one through the other. */
const maxParents = 100;

/** Lines of all sections together, each counted for each section that takes it: a short file can mean a million. */
const maxPreparedLines = 1_000_000;

const nothing: Inheritance = { parents: [], further: [], last: new Map() };

/** Reads the defaults sections, in the order of the file. */
export function readDefaults(sections: readonly Section[]): Defaults & { readonly basis: readonly Section[] } {
  const all = sections.filter(({ keyword }) => keyword === 'defaults');
  const byName = new Map([...all].reverse().map((section) => [section.name, section]));
  const lastAbove = new Map<Section, Section | undefined>();
  let last: Section | undefined;
  for (const section of sections) {
    lastAbove.set(section, last);
    if (section.keyword === 'defaults') last = section;
  }
  const [first] = all;
  const basis = first === undefined ? [] : (withParents(first, byName) ?? []);
  const inBase = new Set(basis.flatMap(({ lines }) => lines).map(({ text }) => text));
  const prepared = new Map<Section, Inheritance | null>();
  let budget = maxPreparedLines;

  function prepare(section: Section): Inheritance | null {
    const parents = withParents(section, byName);
    budget -= parents?.reduce((sum, { lines }) => sum + lines.length, 0) ?? 0;
    if (parents === null || budget < 0) return null;
    const given = parents.flatMap(({ lines }) => lines);
    return {
      parents,
      further: given.filter(({ text }) => !inBase.has(text)),
      last: new Map(given.map((line) => [line.words[0] ?? '', line])),
    };
  }

  return {
    basis,
    of: (proxy) => (proxy.from === null ? lastAbove.get(proxy) : byName.get(proxy.from)),
    inheritance(section) {
      if (section === undefined) return nothing;
      if (!prepared.has(section)) prepared.set(section, prepare(section));
      return prepared.get(section) ?? null;
    },
  };
}

/** A defaults section behind those it takes from (`defaults NAME from OTHER`, 2.4); null for a longer chain than anybody writes. */
function withParents(section: Section, byName: ReadonlyMap<string, Section>): readonly Section[] | null {
  const chain = [section];
  for (let from = section.from; from !== null; ) {
    const parent = byName.get(from);
    if (parent === undefined || chain.includes(parent)) break;
    chain.unshift(parent);
    if (chain.length > maxParents) return null;
    from = parent.from;
  }
  return chain;
}
