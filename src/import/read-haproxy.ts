import { randomBytes } from 'node:crypto';
import { withComments } from './comments.ts';
import { effective, type WholeProxy } from './effective.ts';
import { defaultsFaults, missingSections, resolverFaults } from './faults.ts';
import { addListen, conflictOf, importedNodes, noListens } from './imported-listens.ts';
import { importListen } from './listen.ts';
import type { Imported } from './model.ts';
import { emptyNotes, type Note } from './note.ts';
import { readPeers, withOwnPeers } from './peers.ts';
import { nameserversOf, pollOf } from './resolvers.ts';
import type { ConfigLine } from './section.ts';
import { sectionsOf } from './sections.ts';
import { readServerOptions } from './server-options.ts';
import { sha512Crypt } from './sha512-crypt.ts';
import { statsPage } from './stats-page.ts';
import { reportDefaults, reportOtherSections, reportProxy, reportStats, reportUserlist } from './unsupported.ts';
import { type Userlist, userlistOf } from './userlists.ts';

/** The result of reading a file; `proxies` are the imported ones in their original form, to verify the result against. */
export interface ImportedFile {
  readonly imported: Imported;
  readonly proxies: readonly WholeProxy[];
  readonly notes: readonly Note[];
  /** The lists of users that imported listens need, each for a file of its own. */
  readonly lists: ReadonlyMap<string, ReadableUserlist>;
}

type ReadableUserlist = Extract<Userlist, { kind: 'readable' }>;

/** Lines that podfront's templates write into global and defaults. */
const fromTemplates = new Set([
  ...['log stderr format short daemon notice', 'log global', 'option dontlognull', 'option redispatch', 'retries 3'],
  ...['timeout connect 5s', 'timeout client 1m', 'timeout server 1m'],
]);

/**
 * Reads HAProxy's file. Everything that podfront.yaml can express is in `imported`; everything else has a note.
 *
 * @param users whether lists of users are imported, which go into files of their own
 */
export function readHaproxyFile(text: string, users = false): ImportedFile {
  const notes = emptyNotes();
  const written = sectionsOf(text, notes);
  const peers = readPeers(written);
  const sections = peers === null ? written : withOwnPeers(written, peers);
  const sectionsNamed = (wanted: string) => sections.filter(({ keyword }) => keyword === wanted);
  const { proxies, basis, defaults, comments } = effective(sections, notes);
  const userlists = sectionsNamed('userlist').map((section) => ({ section, list: userlistOf(section, users ? hashed : null) }));
  const readable = new Map(userlists.flatMap(({ list }) => (users && list.kind === 'readable' ? [[list.name, list] as const] : [])));
  const lists = new Set(readable.keys());
  const listens = noListens();
  let stats: { readonly bind: string; readonly proxy: WholeProxy } | null = null;
  for (const proxy of proxies) {
    const page: string | null = stats === null ? statsPage(proxy) : null;
    if (page !== null) {
      stats = { bind: page, proxy };
      reportStats(proxy, notes);
      continue;
    }
    const outcome = importListen(proxy, lists);
    const auth = outcome.kind === 'left-out' ? null : outcome.listen.basicAuth;
    const users = auth === null ? 0 : (readable.get(auth.userlist)?.size ?? 0);
    const why = outcome.kind === 'left-out' ? outcome.why : conflictOf(outcome, listens, users);
    if (why !== null || outcome.kind === 'left-out') reportProxy(proxy, why ?? '', notes);
    else {
      addListen(listens, { proxy, ...outcome }, users);
      if (proxy.shared !== null)
        notes.fault(
          proxy.shared.number,
          `frontend ${proxy.shared.name} becomes listens that share its addresses by hosts; podfront compares hosts without port and case`,
        );
      if (proxy.backend !== null)
        notes.fault(proxy.number, `frontend ${proxy.name} and backend ${proxy.backend.name} are one listen now, ${proxy.name}`);
    }
  }
  const imports = listens.all;
  const used = new Set(
    imports.flatMap(({ servers, proxy }) => {
      const inherited = readServerOptions(proxy.serverDefaults).resolvers;
      return servers.flatMap(({ options, target }) => options.resolvers ?? (target.kind === 'service' ? (inherited ?? []) : []));
    }),
  );
  // podfront writes its resolvers section even where every listen reaches nodes.
  const resolvers = sectionsNamed('resolvers').filter(({ name }) => used.has(name) || name === 'cluster');
  reportOtherSections(
    sections.filter(({ keyword }) => keyword !== 'peers' || peers === null),
    resolvers,
    notes,
  );
  reportDefaults(sectionsNamed('defaults'), [...basis, ...imports.flatMap(({ proxy }) => proxy.defaults)], notes);
  const needed = new Set(imports.flatMap(({ listen }) => listen.basicAuth?.userlist ?? []));
  const named = new Set(
    imports.flatMap(({ listen }) =>
      listen.extraLines.flatMap((line) => [...line.matchAll(/http_auth(?:_group)?\(([^()]*)\)/g)].map(([, list]) => list)),
    ),
  );
  for (const { section, list } of userlists)
    reportUserlist(section, list, { needed: needed.has(list.name), named: named.has(list.name), users }, notes);

  const global = sectionsNamed('global').flatMap(({ lines }) => lines);
  const socket = global.map(({ words }) => ownSocket.exec(words.join(' '))?.[1]).find((path) => path !== undefined) ?? null;
  const isGenerated = ({ words }: ConfigLine) =>
    fromTemplates.has(words.join(' ')) ||
    words.join(' ') === `localpeer ${peers?.local?.name}` ||
    words.join(' ') === `stats socket ${socket} mode 600 level user`;
  const nodes = importedNodes(listens);
  const allNodes = nodes.map(({ name }) => name).join(' ');
  const imported: Imported = {
    comments: [
      ...sectionsNamed('global'),
      ...[...global, ...defaults].filter((line) => isGenerated(line)),
      ...resolvers.flatMap((section) => [section, ...section.lines]),
      ...(peers === null ? [] : [peers.section, ...peers.section.lines]),
      ...userlists.flatMap(({ section, list }) => (needed.has(list.name) ? [section, ...section.lines] : [])),
      ...(stats === null ? [] : [stats.proxy, ...stats.proxy.lines]),
    ]
      .flatMap((one) => one.comments)
      .concat(comments),
    domain: imports.find(({ domain }) => domain !== null)?.domain ?? null,
    nameservers: nameserversOf(resolvers),
    poll: pollOf(resolvers),
    nodes,
    socket,
    stats: stats?.bind ?? null,
    peers: peers?.members ?? [],
    localPeer: peers?.local?.name ?? null,
    global: withComments(global.filter((line) => !isGenerated(line))),
    defaults: withComments(defaults.filter((line) => !isGenerated(line))),
    listens: imports.map(({ listen }) => ({ ...listen, nodes: listen.nodes?.join(' ') === allNodes ? null : listen.nodes })),
    faults: [...defaultsFaults(sections, imports.length), ...missingSections(used, resolvers), ...resolvers.flatMap(resolverFaults)],
  };
  return {
    imported,
    proxies: imports.map(({ proxy }) => proxy),
    notes: notes.all(),
    lists: new Map([...readable].filter(([name]) => needed.has(name))),
  };
}

/** The hash of a password with a random salt. */
function hashed(password: string): string {
  return sha512Crypt(password, randomBytes(12).toString('base64').replaceAll('+', '.'));
}

const ownSocket = /^stats socket (\/\S+) mode 600 level user$/;
