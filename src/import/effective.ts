import { readDefaults } from './defaults.ts';
import { elsewhere, type Notes } from './note.ts';
import { type RawWord, rawWords } from './raw-words.ts';
import type { ConfigLine, Section } from './section.ts';
import { withoutManaged } from './server-options.ts';

/** A proxy with all that holds for it: one `listen`, or a frontend and its backend. */
export interface WholeProxy {
  readonly name: string;
  readonly number: number;
  /** What it was two sections of: the frontend stands at `number`. */
  readonly backend: Section | null;
  /** Its own lines, behind those that it alone inherits. */
  readonly lines: readonly ConfigLine[];
  readonly mode: string;
  /** Null where HAProxy would take its default, which differs between versions. */
  readonly balance: string | null;
  /** Options of `default-server` in the defaults section, which hold for its servers too. */
  readonly serverDefaults: readonly RawWord[];
  /** Its defaults section does not take from the first one, whose settings therefore do not apply to it. */
  readonly hidesEarlierDefaults: boolean;
  /** The sections it takes from. */
  readonly defaults: readonly Section[];
  /** Of its section, and of the lines that are not among `lines`. */
  readonly comments: readonly string[];
}

/** The proxies of a file, and the defaults that hold for all of them. */
export interface Effective {
  readonly proxies: readonly WholeProxy[];
  /** The first defaults section, with those it takes from. */
  readonly basis: readonly Section[];
  /** Its lines, without mode and balance, which each proxy has of its own. */
  readonly defaults: readonly ConfigLine[];
  /** What stood as comments in it where nothing of the kind is written. */
  readonly comments: readonly string[];
}

/** Lines of further defaults sections, each counted for each proxy that inherits it: a short file can mean a million. */
const maxCopiedLines = 100_000;

/** They are read again for each proxy. */
const maxDefaultWords = 512;

/**
 * Puts together what HAProxy would: each proxy with its defaults section (a later one inherits nothing from an earlier one,
 * configuration manual 4), a frontend with the one backend that only it uses. What does not fit one listen is noted.
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
  const proxies = [...listens(sections), ...pairs(sections, notes)]
    .sort((a, b) => a.number - b.number)
    .flatMap(({ section, backend, name, number, lines, comments }): readonly WholeProxy[] => {
      const own = defaults.of(section);
      const inherited = defaults.inheritance(own);
      copied += inherited?.further.length ?? 0;
      if (inherited === null || copied > maxCopiedLines) {
        const why =
          inherited === null
            ? 'it takes from too many defaults sections'
            : `defaults sections give more than ${maxCopiedLines} lines to the listens`;
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
          lines: rest,
          mode: word('mode') ?? 'tcp',
          balance: word('balance'),
          serverDefaults: base !== undefined && parents.includes(base) ? serverDefaults : [],
          hidesEarlierDefaults,
          defaults: parents,
          comments: [...comments, ...all.filter(isPerProxy).flatMap((line) => line.comments)],
        },
      ];
    });
  const kept = baseLines.flatMap((line) => (isPerProxy(line) ? [] : (withoutResolvers(line) ?? [])));
  const gone = baseLines.filter((line) => isPerProxy(line) || withoutResolvers(line) === null);
  return { proxies, basis, defaults: kept, comments: [...basis, ...gone].flatMap(({ comments }) => comments) };
}

/** The lines that each proxy has of its own. */
const isPerProxy = ({ words }: ConfigLine): boolean => words[0] === 'mode' || words[0] === 'balance';

const isDefaultServer = ({ words }: ConfigLine): boolean => words[0] === 'default-server';

/** podfront writes `resolvers` and what goes with it on each server; in defaults they would hold for nodes too, which have no name. */
function withoutResolvers(line: ConfigLine): ConfigLine | null {
  if (!isDefaultServer(line)) return line;
  const options = withoutManaged(rawWords(line.text).slice(1));
  return options.length === 0 ? null : { ...line, text: `default-server ${options.map(({ raw }) => raw).join(' ')}` };
}

interface Candidate {
  /** The section whose place in the file tells its defaults. */
  readonly section: Section;
  readonly backend: Section | null;
  readonly name: string;
  readonly number: number;
  readonly lines: readonly ConfigLine[];
  readonly comments: readonly string[];
}

function listens(sections: readonly Section[]): readonly Candidate[] {
  return sections
    .filter(({ keyword }) => keyword === 'listen')
    .map((section) => ({
      section,
      backend: null,
      name: section.name,
      number: section.number,
      lines: section.lines,
      comments: section.comments,
    }));
}

/** Frontends with one backend of their own. */
function pairs(sections: readonly Section[], notes: Notes): readonly Candidate[] {
  const all = sections.filter(({ keyword }) => keyword === 'backend');
  const backends = new Map(all.map((section) => [section.name, section]));
  const uses = new Map<string, number>();
  for (const { words } of sections.flatMap(({ lines }) => lines.filter(isBackendChoice)))
    uses.set(words[1] ?? '', (uses.get(words[1] ?? '') ?? 0) + 1);
  const paired = new Set<Section>();
  const found = sections
    .filter(({ keyword }) => keyword === 'frontend')
    .flatMap((frontend): Candidate[] => {
      const leads = frontend.lines.filter(isBackendChoice);
      const [lead] = leads;
      const backend = backends.get(lead?.words[1] ?? '');
      const why = pairingError(leads, backend, uses);
      if (why !== null || backend === undefined) {
        const hint = leads.length === 0 && frontend.lines.some(isRedirecting) ? withRedirect : elsewhere;
        notes.leftOut(frontend.number, `frontend ${frontend.name}`, why ?? 'it has no backend', hint);
        return [];
      }
      paired.add(backend);
      const lines = [...frontend.lines.filter((line) => line !== lead), ...backend.lines];
      const comments = [...frontend.comments, ...(lead?.comments ?? []), ...backend.comments];
      return [{ section: backend, backend, name: frontend.name, number: frontend.number, lines, comments }];
    });
  for (const backend of all)
    if (!paired.has(backend)) notes.leftOut(backend.number, `backend ${backend.name}`, 'no frontend leads to it alone', elsewhere);
  return found;
}

const isBackendChoice = ({ words }: ConfigLine): boolean => words[0] === 'default_backend' || words[0] === 'use_backend';
const isRedirecting = ({ words }: ConfigLine): boolean =>
  words[0] === 'redirect' || (words[0] === 'http-request' && words[1] === 'redirect');
const withRedirect =
  'add its address to binds of the listen that it leads to, and redirectToHttps: true there; or keep it in a file under haproxy.with';

function pairingError(leads: readonly ConfigLine[], backend: Section | undefined, uses: ReadonlyMap<string, number>): string | null {
  const [lead] = leads;
  if (lead === undefined) return 'it names no default_backend';
  if (leads.length > 1 || lead.words[0] === 'use_backend') return 'it chooses between backends, and a listen of podfront has one service';
  if (backend === undefined) return `the backend ${lead.words[1] ?? ''} is not in this file`;
  if ((uses.get(backend.name) ?? 0) > 1) return `the backend ${backend.name} is used by other frontends too`;
  return null;
}
