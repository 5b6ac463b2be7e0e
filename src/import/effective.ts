import { readDefaults } from './defaults.ts';
import { readCandidates } from './frontends.ts';
import { elsewhere, type Notes } from './note.ts';
import { type RawWord, rawWords } from './raw-words.ts';
import type { ConfigLine, Section } from './section.ts';
import { withoutManaged } from './server-options.ts';

/** A proxy with everything that applies to it: one `listen`, or a frontend and its backend. */
export interface WholeProxy {
  readonly name: string;
  readonly number: number;
  /** The backend of a pair of sections, whose frontend is at line `number`; null for a `listen`. */
  readonly backend: Section | null;
  /** The frontend that chooses it by its hosts; null where it has addresses of its own. */
  readonly shared: Section | null;
  /** Empty for the one that serves all other hosts. */
  readonly hosts: readonly string[];
  /** Its own lines, after those that it alone inherits. */
  readonly lines: readonly ConfigLine[];
  readonly mode: string;
  /** Null for HAProxy's default, which differs between versions. */
  readonly balance: string | null;
  /** Options of `default-server` in the defaults section, which apply to its servers too. */
  readonly serverDefaults: readonly RawWord[];
  /** Whether its defaults section does not inherit from the first one, whose settings therefore do not apply to it. */
  readonly hidesEarlierDefaults: boolean;
  /** The sections that it inherits from. */
  readonly defaults: readonly Section[];
  /** The comments of its section, and of the lines that are not among `lines`. */
  readonly comments: readonly string[];
}

/** The proxies of a file, and the defaults that apply to all of them. */
export interface Effective {
  readonly proxies: readonly WholeProxy[];
  /** The first defaults section, with those that it inherits from. */
  readonly basis: readonly Section[];
  /** Its lines, without mode and balance, which each proxy has of its own. */
  readonly defaults: readonly ConfigLine[];
  /** Comments in it on lines that are not written. */
  readonly comments: readonly string[];
}

/** The most lines of further defaults sections, each counted for each proxy that inherits it: a short file can lead to a million. */
const maxCopiedLines = 100_000;

/** The most words of `default-server` in defaults, which are read again for each proxy. */
const maxDefaultWords = 512;

/**
 * Combines sections as HAProxy does: each proxy with its defaults section (a later one inherits nothing from an earlier one,
 * configuration manual 4), a frontend with the one backend that only it uses, and backends that it chooses by hosts. Anything that
 * listens cannot express is noted.
 */
export function effective(sections: readonly Section[], notes: Notes): Effective {
  const defaults = readDefaults(sections);
  const { basis } = defaults;
  const base = basis.at(-1);
  const baseLines = basis.flatMap(({ lines }) => lines);
  const serverDefaults = baseLines
    .filter(isDefaultServer)
    .flatMap(({ text }) => rawWords(text).slice(1))
    .slice(-maxDefaultWords);
  let copied = 0;
  const proxies = readCandidates(sections, notes).flatMap(
    ({ section, backend, name, number, lines, comments, shared, hosts }): readonly WholeProxy[] => {
      const own = defaults.of(section);
      const inherited = defaults.inheritance(own);
      copied += (inherited?.further.length ?? 0) + (shared === null ? 0 : lines.length - section.lines.length);
      if (inherited === null || copied > maxCopiedLines) {
        const why =
          inherited === null
            ? 'it takes from too many defaults sections'
            : `defaults sections and frontends give more than ${maxCopiedLines} lines to the listens`;
        notes.leftOut(number, `${section.keyword} ${name}`, why, elsewhere);
        return [];
      }
      const { parents, further, last } = inherited;
      const word = (keyword: string) => {
        const given = lines.findLast(({ words }) => words[0] === keyword) ?? last.get(keyword);
        return given?.words.slice(1).join(' ') ?? null;
      };
      const all = [...further, ...lines];
      const rest = all.filter((line) => !isPerProxy(line));
      const hidesEarlierDefaults = own !== undefined && base !== undefined && !parents.includes(base);
      return [
        {
          name,
          number,
          backend,
          shared,
          hosts,
          lines: rest,
          mode: word('mode') ?? 'tcp',
          balance: word('balance'),
          serverDefaults: base !== undefined && parents.includes(base) ? serverDefaults : [],
          hidesEarlierDefaults,
          defaults: parents,
          comments: [...comments, ...all.filter(isPerProxy).flatMap((line) => line.comments)],
        },
      ];
    },
  );
  const kept = baseLines.flatMap((line) => (isPerProxy(line) ? [] : (withoutResolvers(line) ?? [])));
  const gone = baseLines.filter((line) => isPerProxy(line) || withoutResolvers(line) === null);
  return { proxies, basis, defaults: kept, comments: [...basis, ...gone].flatMap(({ comments }) => comments) };
}

/** Whether each proxy has a line of its own for this, so that it is not part of the defaults. */
const isPerProxy = ({ words }: ConfigLine): boolean => words[0] === 'mode' || words[0] === 'balance';

const isDefaultServer = ({ words }: ConfigLine): boolean => words[0] === 'default-server';

/** A `default-server` line without the options that podfront writes on each server; in defaults they would apply to nodes too, which have no name. */
function withoutResolvers(line: ConfigLine): ConfigLine | null {
  if (!isDefaultServer(line)) return line;
  const options = withoutManaged(rawWords(line.text).slice(1));
  return options.length === 0 ? null : { ...line, text: `default-server ${options.map(({ raw }) => raw).join(' ')}` };
}
