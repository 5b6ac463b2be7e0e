import { elsewhere, type Notes } from './note.ts';
import { type RawWord, rawWords } from './raw-words.ts';
import type { Line, Section } from './sections.ts';
import { withoutManaged } from './server-options.ts';

/** A proxy with all that holds for it: one `listen`, or a frontend and its backend. */
export interface WholeProxy {
  readonly name: string;
  readonly number: number;
  /** Its own lines, behind those that it alone inherits. */
  readonly lines: readonly Line[];
  readonly mode: string;
  /** Null where HAProxy would take its default, which differs between versions. */
  readonly balance: string | null;
  /** Options of `default-server` in the defaults section, which hold for its servers too. */
  readonly serverDefaults: readonly RawWord[];
  /** The defaults section above it says less than the first one: what that had was lost. */
  readonly lost: boolean;
}

/** The proxies of a file, and the defaults that hold for all of them. */
export interface Effective {
  readonly proxies: readonly WholeProxy[];
  /** Lines of the first defaults section, without mode and balance, which each proxy says for itself. */
  readonly defaults: readonly Line[];
}

/**
 * Puts together what HAProxy would: each proxy with its defaults section (a later one inherits nothing of an earlier one,
 * configuration manual 4), a frontend with the one backend that only it uses. What does not fit one listen is noted.
 */
export function effective(sections: readonly Section[], notes: Notes): Effective {
  const defaults = sections.filter(({ keyword }) => keyword === 'defaults');
  const [base] = defaults;
  const serverDefaults = (base?.lines ?? []).filter(isDefaultServer).flatMap(({ text }) => rawWords(text).slice(1));
  const above = (section: Section): Section | undefined =>
    section.from === null ? defaults.findLast(({ number }) => number < section.number) : defaults.find(({ name }) => name === section.from);
  const proxies = [...listens(sections), ...pairs(sections, notes)]
    .sort((a, b) => a.number - b.number)
    .map(({ section, name, number, lines }): WholeProxy => {
      const own = above(section);
      const inherited =
        own === undefined || own === base ? [] : own.lines.filter(({ text }) => !base?.lines.some((line) => line.text === text));
      const word = (keyword: string) => {
        const said = [...(own?.lines ?? []), ...lines].findLast(({ words }) => words[0] === keyword);
        return said === undefined ? null : said.words.slice(1).join(' ');
      };
      const rest = [...inherited, ...lines].filter(({ words }) => words[0] !== 'mode' && words[0] !== 'balance');
      const lost = own !== undefined && base !== undefined && own !== base && section.from === null;
      return {
        name,
        number,
        lines: rest,
        mode: word('mode') ?? 'tcp',
        balance: word('balance'),
        serverDefaults: own === base ? serverDefaults : [],
        lost,
      };
    });
  const kept = (base?.lines ?? []).filter(({ words }) => words[0] !== 'mode' && words[0] !== 'balance');
  return { proxies, defaults: kept.flatMap(withoutResolvers) };
}

const isDefaultServer = ({ words }: Line): boolean => words[0] === 'default-server';

/** podfront writes `resolvers` and what goes with it on each server; in defaults they would hold for nodes too, which have no name. */
function withoutResolvers(line: Line): readonly Line[] {
  if (!isDefaultServer(line)) return [line];
  const options = withoutManaged(rawWords(line.text).slice(1));
  return options.length === 0 ? [] : [{ ...line, text: `default-server ${options.map(({ raw }) => raw).join(' ')}` }];
}

interface Candidate {
  /** The section whose place in the file tells its defaults. */
  readonly section: Section;
  readonly name: string;
  readonly number: number;
  readonly lines: readonly Line[];
}

function listens(sections: readonly Section[]): readonly Candidate[] {
  return sections
    .filter(({ keyword }) => keyword === 'listen')
    .map((section) => ({ section, name: section.name, number: section.number, lines: section.lines }));
}

/** Frontends with one backend of their own. */
function pairs(sections: readonly Section[], notes: Notes): readonly Candidate[] {
  const backends = new Map(sections.filter(({ keyword }) => keyword === 'backend').map((section) => [section.name, section]));
  const uses = sections.flatMap(({ lines }) => lines.filter(({ words }) => words[0] === 'default_backend' || words[0] === 'use_backend'));
  const paired = new Set<Section>();
  const found = sections
    .filter(({ keyword }) => keyword === 'frontend')
    .flatMap((frontend): Candidate[] => {
      const leads = frontend.lines.filter(({ words }) => words[0] === 'default_backend' || words[0] === 'use_backend');
      const [lead] = leads;
      const backend = backends.get(lead?.words[1] ?? '');
      const why = whyNoPair(leads, backend, uses);
      if (why !== null || backend === undefined) {
        notes.leftOut(frontend.number, `frontend ${frontend.name}`, why ?? 'it has no backend', elsewhere);
        return [];
      }
      paired.add(backend);
      notes.fault(frontend.number, `frontend ${frontend.name} and backend ${backend.name} are one listen now, ${frontend.name}`);
      const lines = [...frontend.lines.filter((line) => line !== lead), ...backend.lines];
      return [{ section: backend, name: frontend.name, number: frontend.number, lines }];
    });
  for (const backend of backends.values())
    if (!paired.has(backend)) notes.leftOut(backend.number, `backend ${backend.name}`, 'no frontend leads to it alone', elsewhere);
  return found;
}

function whyNoPair(leads: readonly Line[], backend: Section | undefined, uses: readonly Line[]): string | null {
  const [lead] = leads;
  if (lead === undefined) return 'it names no default_backend';
  if (leads.length > 1 || lead.words[0] === 'use_backend') return 'it chooses between backends, and a listen of podfront has one service';
  if (backend === undefined) return `the backend ${lead.words[1] ?? ''} is not in this file`;
  if (uses.filter(({ words }) => words[1] === backend.name).length > 1) return `the backend ${backend.name} is used by other frontends too`;
  return null;
}
