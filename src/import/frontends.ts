import { elsewhere, type Notes, quotedLine } from './note.ts';
import { readRoutes } from './routes.ts';
import type { ConfigLine, Section } from './section.ts';

/** Sections that may become a listen: a `listen`, a frontend with its backend, or a backend that a frontend chooses by the host. */
export interface ListenCandidate {
  /** The section whose place in the file determines its defaults. */
  readonly section: Section;
  readonly backend: Section | null;
  readonly name: string;
  readonly number: number;
  readonly lines: readonly ConfigLine[];
  readonly comments: readonly string[];
  /** The frontend that it shares with others; null where it has addresses of its own. */
  readonly shared: Section | null;
  /** Its hosts in that frontend; empty for the fallback. */
  readonly hosts: readonly string[];
}

/** Reads the proxies of a file. A frontend that a listen, or listens with `hosts`, cannot express is noted. */
export function readCandidates(sections: readonly Section[], notes: Notes): readonly ListenCandidate[] {
  return [...listens(sections), ...ofFrontends(sections, notes)].sort((a, b) => a.number - b.number);
}

function listens(sections: readonly Section[]): readonly ListenCandidate[] {
  return sections
    .filter(({ keyword }) => keyword === 'listen')
    .map((section) => ({ section, backend: null, ...section, shared: null, hosts: [] }));
}

function ofFrontends(sections: readonly Section[], notes: Notes): readonly ListenCandidate[] {
  const all = sections.filter(({ keyword }) => keyword === 'backend');
  const backends = new Map(all.map((section) => [section.name, section]));
  /** The frontends that lead to a backend. */
  const users = new Map<string, Set<Section>>();
  for (const section of sections)
    for (const { words } of section.lines.filter(isBackendChoice))
      users.set(words[1] ?? '', (users.get(words[1] ?? '') ?? new Set()).add(section));
  const isShared = (name: string) => (users.get(name)?.size ?? 0) > 1;
  const repeated = linesAbove(sections);
  const taken = new Set<Section>();
  const found = sections
    .filter(({ keyword }) => keyword === 'frontend')
    .flatMap((frontend) => {
      const leads = frontend.lines.filter(isBackendChoice);
      const [lead] = leads;
      const made =
        leads.length === 1 && lead?.words[0] === 'default_backend'
          ? pair(frontend, lead, backends, isShared, notes)
          : choice(frontend, leads, backends, isShared, repeated.get(frontend), notes);
      for (const { section } of made) taken.add(section);
      return made;
    });
  for (const backend of all)
    if (!taken.has(backend))
      notes.leftOut(backend.number, `backend ${backend.name}`, 'no frontend that is imported leads to it', elsewhere);
  return found;
}

type Backends = ReadonlyMap<string, Section>;

/** A frontend with the one backend that only it uses. */
function pair(
  frontend: Section,
  lead: ConfigLine,
  backends: Backends,
  isShared: (name: string) => boolean,
  notes: Notes,
): readonly ListenCandidate[] {
  const name = lead.words[1] ?? '';
  const backend = backends.get(name);
  if (backend === undefined || isShared(name)) {
    notes.leftOut(frontend.number, `frontend ${frontend.name}`, backendError(name, backend), elsewhere);
    return [];
  }
  const table = secondTable(stickTable(frontend), backend);
  if (table !== null) {
    notes.leftOut(frontend.number, `frontend ${frontend.name}`, table, elsewhere);
    return [];
  }
  const lines = [...frontend.lines.filter((line) => line !== lead), ...backend.lines];
  const comments = [...frontend.comments, ...lead.comments, ...backend.comments];
  return [{ section: backend, backend, name: frontend.name, number: frontend.number, lines, comments, shared: null, hosts: [] }];
}

/** A frontend that chooses between backends by the host: a listen for each of them. */
function choice(
  frontend: Section,
  leads: readonly ConfigLine[],
  backends: Backends,
  isShared: (name: string) => boolean,
  inherited: ReadonlySet<string> | undefined,
  notes: Notes,
): readonly ListenCandidate[] {
  const what = `frontend ${frontend.name}`;
  if (leads.length === 0) {
    const hint = frontend.lines.some(isRedirecting) ? withRedirect : elsewhere;
    notes.leftOut(frontend.number, what, 'it names no default_backend', hint);
    return [];
  }
  const routes = readRoutes(frontend);
  if ('why' in routes) {
    notes.leftOut(frontend.number, what, `hosts cannot express its line ${routes.line}: ${routes.why}`, elsewhere);
    return [];
  }
  const names = [...routes.hosts.keys(), ...(routes.fallback === null ? [] : [routes.fallback])];
  const missing = names.find((name) => !backends.has(name) || isShared(name));
  if (missing !== undefined) {
    notes.leftOut(frontend.number, what, backendError(missing, backends.get(missing)), elsewhere);
    return [];
  }
  const ownTable = stickTable(frontend);
  const table = names.map((name) => secondTable(ownTable, backends.get(name))).find((one) => one !== null);
  if (table !== undefined) {
    notes.leftOut(frontend.number, what, table, elsewhere);
    return [];
  }
  for (const line of frontend.lines)
    if (isOfFrontend(line) && inherited?.has(line.text) !== true)
      notes.leftOut(
        line.number,
        `the line ${quotedLine(line.text)}`,
        'podfront writes the frontend of listens with hosts, and not this line',
        'move it to haproxy.defaults where that is right for all listens',
      );
  const shared = frontend.lines.filter((line) => !routes.covered.has(line) && !isOfFrontend(line));
  return names.flatMap((name, i): readonly ListenCandidate[] => {
    const backend = backends.get(name);
    if (backend === undefined) return [];
    // Comments on lines that all listens share are shown in the first one.
    const comments =
      i === 0 ? [...frontend.comments, ...[...routes.covered].flatMap((line) => line.comments), ...backend.comments] : backend.comments;
    const lines = i === 0 ? shared : shared.map((line) => ({ ...line, comments: [] }));
    const hosts = routes.hosts.get(name) ?? [];
    return [
      {
        section: backend,
        backend: null,
        name,
        number: backend.number,
        lines: [...lines, ...backend.lines],
        comments,
        shared: frontend,
        hosts,
      },
    ];
  });
}

/** The lines of the defaults section above each frontend that names none: what such a frontend repeats of them is not lost. */
function linesAbove(sections: readonly Section[]): ReadonlyMap<Section, ReadonlySet<string>> {
  const above = new Map<Section, ReadonlySet<string>>();
  let lines: ReadonlySet<string> | null = null;
  for (const section of sections) {
    if (section.keyword === 'defaults') lines = new Set(section.lines.map(({ text }) => text));
    else if (section.keyword === 'frontend' && section.from === null && lines !== null) above.set(section, lines);
  }
  return above;
}

/** Whether a line is not allowed in a backend, which a listen with `hosts` becomes (configuration manual 4.1). */
function isOfFrontend({ words: [keyword = '', second = '', third = ''] }: ConfigLine): boolean {
  if (keyword === 'option') return frontendOptions.has(second);
  if (keyword === 'timeout') return second === 'client' || second === 'http-keep-alive' || second === 'client-fin';
  if (keyword === 'tcp-request') return second === 'connection' || second === 'session' || (second === 'content' && third === 'capture');
  return frontendKeywords.has(keyword);
}

const frontendOptions = new Set([
  ...['httplog', 'tcplog', 'dontlognull', 'dontlog-normal', 'logasap', 'log-separate-errors', 'clitcpka', 'contstats', 'socket-stats'],
  ...['accept-invalid-http-request', 'http-use-proxy-header', 'httpslog'],
]);
const frontendKeywords = new Set([
  ...[
    'maxconn',
    'capture',
    'monitor',
    'monitor-uri',
    'log-format',
    'log-format-sd',
    'error-log-format',
    'unique-id-format',
    'unique-id-header',
  ],
  ...['backlog', 'rate-limit', 'declare', 'clitcpka-cnt', 'clitcpka-idle', 'clitcpka-intvl'],
]);

const isBackendChoice = ({ words }: ConfigLine): boolean => words[0] === 'default_backend' || words[0] === 'use_backend';
const isRedirecting = ({ words }: ConfigLine): boolean =>
  words[0] === 'redirect' || (words[0] === 'http-request' && words[1] === 'redirect');
const withRedirect =
  'add its address to binds of the listen that it leads to, and redirectToHttps: true there; or keep it in a file under haproxy.with';

const stickTable = ({ lines }: Section): ConfigLine | undefined => lines.find(({ words }) => words[0] === 'stick-table');

/** The reason why the lines of a frontend, with this stick table, and of its backend cannot be in one listen, which has only one stick table; null where they can. */
function secondTable(one: ConfigLine | undefined, backend: Section | undefined): string | null {
  const other = one === undefined || backend === undefined ? undefined : stickTable(backend);
  return one === undefined || other === undefined
    ? null
    : `its line ${one.number} and line ${other.number} of its backend are both a stick-table, and a listen has one`;
}

function backendError(name: string, backend: Section | undefined): string {
  return backend === undefined ? `the backend ${name} is not in this file` : `the backend ${name} is used by other frontends too`;
}
