import { withComments } from './comments.ts';
import { type Kept, nodesOf, whyNotBeside } from './conflicts.ts';
import { effective, type WholeProxy } from './effective.ts';
import { defaultsFaults, missingSections, resolverFaults } from './faults.ts';
import { importListen } from './listen.ts';
import type { Imported } from './model.ts';
import { emptyNotes, type Note } from './note.ts';
import { nameserversOf, pollOf } from './resolvers.ts';
import { type ConfigLine, sectionsOf } from './sections.ts';
import { readServerOptions } from './server-options.ts';
import { statsPage } from './stats-page.ts';
import { noteDefaults, noteList, noteProxy, noteRest, noteStats } from './unsupported.ts';
import { type Userlist, userlistOf } from './userlists.ts';

/** What was read of a file, with the proxies that were taken over as they stood, for the proof. */
export interface ImportedFile {
  readonly imported: Imported;
  readonly proxies: readonly WholeProxy[];
  readonly notes: readonly Note[];
  /** The lists of users that listens take over, with what goes into their files. */
  readonly lists: ReadonlyMap<string, Readable>;
}

type Readable = Extract<Userlist, { kind: 'readable' }>;

/** Lines that podfront's own templates write into global and defaults. */
const own = new Set([
  ...['log stderr format short daemon notice', 'log global', 'option dontlognull', 'option redispatch', 'retries 3'],
  ...['timeout connect 5s', 'timeout client 1m', 'timeout server 1m'],
]);

/**
 * Reads HAProxy's file. What fits podfront.yaml is in `imported`; everything else has a note.
 *
 * @param users whether lists of users are taken over, which go into files of their own
 */
export function readHaproxyFile(text: string, users = false): ImportedFile {
  const notes = emptyNotes();
  const sections = sectionsOf(text, notes);
  const of = (wanted: string) => sections.filter(({ keyword }) => keyword === wanted);
  const { proxies, basis, defaults, comments } = effective(sections, notes);
  const userlists = of('userlist').map((section) => ({ section, list: userlistOf(section) }));
  const readable = new Map(userlists.flatMap(({ list }) => (users && list.kind === 'readable' ? [[list.name, list] as const] : [])));
  const taken: Kept[] = [];
  let stats: { readonly bind: string; readonly proxy: WholeProxy } | null = null;
  for (const proxy of proxies) {
    const page: string | null = stats === null ? statsPage(proxy) : null;
    if (page !== null) {
      stats = { bind: page, proxy };
      noteStats(proxy, notes);
      continue;
    }
    const read = importListen(proxy, new Set(readable.keys()));
    const why = read.kind === 'left' ? read.why : whyNotBeside(read, taken);
    if (why !== null || read.kind === 'left') noteProxy(proxy, why ?? '', notes);
    else {
      taken.push({ proxy, ...read });
      if (proxy.backend !== null)
        notes.fault(proxy.number, `frontend ${proxy.name} and backend ${proxy.backend.name} are one listen now, ${proxy.name}`);
    }
  }
  const used = new Set(
    taken.flatMap(({ servers, proxy }) => {
      const inherited = readServerOptions(proxy.serverDefaults).resolvers;
      return servers.flatMap(({ options, target }) => options.resolvers ?? (target.kind === 'service' ? (inherited ?? []) : []));
    }),
  );
  // podfront's own is there also where every listen reaches nodes.
  const resolvers = of('resolvers').filter(({ name }) => used.has(name) || name === 'cluster');
  noteRest(sections, resolvers, notes);
  noteDefaults(of('defaults'), [...basis, ...taken.flatMap(({ proxy }) => proxy.defaults)], notes);
  const asked = new Set(taken.flatMap(({ listen }) => listen.basicAuth?.list ?? []));
  const named = new Set(
    taken.flatMap(({ listen }) =>
      listen.extraLines.flatMap((line) => [...line.matchAll(/http_auth(?:_group)?\(([^()]*)\)/g)].map(([, list]) => list)),
    ),
  );
  for (const { section, list } of userlists)
    noteList(section, list, { asked: asked.has(list.name), named: named.has(list.name), users }, notes);

  const global = of('global').flatMap(({ lines }) => lines);
  const socket = global.map(({ words }) => ownSocket.exec(words.join(' '))?.[1]).find((path) => path !== undefined) ?? null;
  const written = ({ words }: ConfigLine) => own.has(words.join(' ')) || words.join(' ') === `stats socket ${socket} mode 600 level user`;
  const nodes = nodesOf(taken);
  const all = nodes.map(({ name }) => name).join(' ');
  const imported: Imported = {
    comments: [
      ...of('global'),
      ...[...global, ...defaults].filter((line) => written(line)),
      ...resolvers.flatMap((section) => [section, ...section.lines]),
      ...userlists.flatMap(({ section, list }) => (asked.has(list.name) ? [section, ...section.lines] : [])),
      ...(stats === null ? [] : [stats.proxy, ...stats.proxy.lines]),
    ]
      .flatMap((one) => one.comments)
      .concat(comments),
    domain: taken.find(({ domain }) => domain !== null)?.domain ?? null,
    nameservers: nameserversOf(resolvers),
    poll: pollOf(resolvers),
    nodes,
    socket,
    stats: stats?.bind ?? null,
    global: withComments(global.filter((line) => !written(line))),
    defaults: withComments(defaults.filter((line) => !written(line))),
    listens: taken.map(({ listen }) => ({ ...listen, nodes: listen.nodes?.join(' ') === all ? null : listen.nodes })),
    faults: [...defaultsFaults(sections, taken.length), ...missingSections(used, resolvers), ...resolvers.flatMap(resolverFaults)],
  };
  const lists = new Map([...readable].filter(([name]) => asked.has(name)));
  return { imported, proxies: taken.map(({ proxy }) => proxy), notes: notes.all(), lists };
}

const ownSocket = /^stats socket (\/\S+) mode 600 level user$/;
