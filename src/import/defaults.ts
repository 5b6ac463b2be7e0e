import type { ConfigLine, Section } from './section.ts';

/** The settings that proxies inherit from a defaults section. */
export interface Inheritance {
  /** The section, after those that it inherits from. */
  readonly parents: readonly Section[];
  /** The lines that the first defaults section does not have. */
  readonly further: readonly ConfigLine[];
  /** The last line for each keyword. */
  readonly last: ReadonlyMap<string, ConfigLine>;
}

/** The defaults sections of a file. */
export interface Defaults {
  /** The section that applies to a proxy: the one it names, or the last one above it (configuration manual 4). */
  readonly of: (proxy: Section) => Section | undefined;
  /** The inheritance from a section; null where it inherits from too many others. Computed once, because thousands of proxies may share it. */
  readonly inheritance: (section: Section | undefined) => Inheritance | null;
}

/** The longest chain of inheritance, in sections. */
const maxParents = 100;

/** The most lines of all sections together, each counted for each section that inherits it: a short file can lead to a million. */
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

/** A defaults section after those it inherits from (`defaults NAME from OTHER`, 2.4); null for a chain that is too long. */
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
