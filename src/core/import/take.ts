import { overlaps, parseBind, parseSingleBind } from '../bind.ts';
import { readNameserver } from '../config/cluster-values.ts';
import { milliseconds } from '../duration.ts';
import { Problem } from '../problem.ts';
import { effective, type WholeProxy } from './effective.ts';
import { defaultsFaults, missingSections, resolverFaults } from './faults.ts';
import type { Imported, ImportedListen } from './imported.ts';
import { takeListen } from './listen.ts';
import { elsewhere, emptyNotes, type Note } from './note.ts';
import { type Section, sectionsOf } from './sections.ts';
import { readServerOptions } from './server-options.ts';
import type { ServerLine } from './servers.ts';

/** What was read of a file, with the proxies that were taken over as they stood, for the proof. */
export interface TakenFile {
  readonly imported: Imported;
  readonly proxies: readonly WholeProxy[];
  readonly notes: readonly Note[];
}

/** Lines that podfront's own templates write into global and defaults. */
const own = new Set([
  ...['log stderr format short daemon notice', 'log global', 'option dontlognull', 'option redispatch', 'retries 3'],
  ...['timeout connect 5s', 'timeout client 1m', 'timeout server 1m'],
]);

/** Reads HAProxy's file. What fits podfront.yaml is in `imported`; everything else has a note. */
export function takeFile(text: string): TakenFile {
  const notes = emptyNotes();
  const sections = sectionsOf(text, notes);
  const { proxies, defaults } = effective(sections, notes);
  const taken: {
    readonly proxy: WholeProxy;
    readonly listen: ImportedListen;
    readonly servers: readonly ServerLine[];
    readonly domain: string | null;
  }[] = [];
  let stats: string | null = null;
  for (const proxy of proxies) {
    const page: string | null = stats === null ? statsPage(proxy) : null;
    if (page !== null) {
      stats = page;
      continue;
    }
    const read = takeListen(proxy);
    const why = read.kind === 'left' ? read.why : whyNotBeside(read, taken);
    if (why !== null || read.kind === 'left') notes.leftOut(proxy.number, `listen ${proxy.name}`.trim(), why ?? '', elsewhere);
    else taken.push({ proxy, ...read });
  }
  const used = new Set(
    taken.flatMap(({ servers, proxy }) => {
      const inherited = readServerOptions(proxy.serverDefaults).resolvers;
      return servers.flatMap(({ options, target }) => options.resolvers ?? (target.kind === 'service' ? (inherited ?? []) : []));
    }),
  );
  // podfront's own is there also where every listen reaches nodes.
  const resolvers = sections.filter(({ keyword, name }) => keyword === 'resolvers' && (used.has(name) || name === 'cluster'));
  noteRest(sections, resolvers, notes.leftOut);
  const global = sections.filter(({ keyword }) => keyword === 'global').flatMap(({ lines }) => lines.map(({ text: line }) => line));
  const socket =
    global.map((line) => /^stats socket (\/\S+) mode 600 level user$/.exec(line)?.[1]).find((path) => path !== undefined) ?? null;
  const fromNodes = taken.find(({ listen }) => listen.reach.kind === 'nodes');
  const imported: Imported = {
    domain: taken.find(({ domain }) => domain !== null)?.domain ?? null,
    nameservers: nameserversOf(resolvers),
    poll: pollOf(resolvers),
    nodes: fromNodes === undefined ? [] : nodesOf(fromNodes.servers),
    socket,
    stats,
    global: global.filter((line) => !own.has(line) && line !== `stats socket ${socket} mode 600 level user`),
    defaults: defaults.map(({ text: line }) => line).filter((line) => !own.has(line)),
    listens: taken.map(({ listen }) => listen),
    faults: [...defaultsFaults(sections, taken.length), ...missingSections(used, resolvers), ...resolvers.flatMap(resolverFaults)],
  };
  return { imported, proxies: taken.map(({ proxy }) => proxy), notes: notes.all() };
}

type Others = readonly { readonly listen: ImportedListen; readonly servers: readonly ServerLine[]; readonly domain: string | null }[];

/** What keeps a listen from standing beside those taken before it. */
function whyNotBeside({ listen, servers, domain }: Others[number], others: Others): string | null {
  if (others.some((other) => other.listen.name === listen.name)) return 'there is another listen of that name';
  const claims = (one: ImportedListen) => one.binds.map(({ text }) => parseBind(text));
  const clash = others.find((other) => claims(other.listen).some((bind) => claims(listen).some((mine) => overlaps(bind, mine))));
  if (clash !== undefined) return `listen ${clash.listen.name} binds the same address, and HAProxy would split the traffic between them`;
  const first = others.find((other) => other.domain !== null)?.domain ?? null;
  if (first !== null && domain !== null && first !== domain)
    return `its service is in the domain ${domain}, and others are in ${first}: podfront serves one cluster`;
  const nodes = others.find((other) => other.listen.reach.kind === 'nodes');
  if (listen.reach.kind === 'nodes' && nodes !== undefined && JSON.stringify(nodesOf(nodes.servers)) !== JSON.stringify(nodesOf(servers)))
    return 'its addresses are other ones than those of the listens before it, and podfront has one list of nodes';
  return null;
}

function nodesOf(servers: readonly ServerLine[]): Imported['nodes'] {
  return servers.flatMap(({ id, target }) => (target.kind === 'address' ? [{ name: id, address: target.address.text }] : []));
}

const ofStatsPage = /^(bind \S+|stats (enable|uri \/|refresh \S+|hide-version)|log global|option (httplog|dontlognull)|timeout .*)$/;

/** The address of a plain stats page, which podfront writes by itself; null for any other proxy. */
function statsPage({ mode, lines }: WholeProxy): string | null {
  const texts = lines.map(({ text }) => text);
  const [bind, second] = texts.filter((line) => line.startsWith('bind ')).map((line) => line.slice(5).trim());
  if (mode !== 'http' || bind === undefined || second !== undefined || !texts.includes('stats enable') || !texts.includes('stats uri /'))
    return null;
  return texts.every((line) => ofStatsPage.test(line)) && reads(parseSingleBind, bind) ? bind : null;
}

/** The name servers of the sections that are used; null where they name none that podfront can ask. */
function nameserversOf(resolvers: readonly Section[]): readonly string[] | null {
  const written = resolvers.flatMap(({ lines }) =>
    lines.filter(({ words }) => words[0] === 'nameserver').flatMap(({ words }) => words[2] ?? []),
  );
  const known = [...new Set(written)].filter((text) => reads(readNameserver, text));
  return known.length === 0 ? null : known;
}

function pollOf(resolvers: readonly Section[]): string | null {
  const line = resolvers.flatMap(({ lines }) => lines).findLast(({ words }) => words[0] === 'timeout' && words[1] === 'resolve');
  const ms = milliseconds(line?.words[2] ?? '');
  return ms === null || ms < 50 || ms > 3_600_000 ? null : (line?.words[2] ?? null);
}

/** Sections that podfront.yaml has no place for, and lines of used resolvers that podfront does not write. */
function noteRest(
  sections: readonly Section[],
  used: readonly Section[],
  leftOut: (line: number, what: string, why: string, hint: string) => void,
): void {
  const known = new Set(['global', 'defaults', 'listen', 'frontend', 'backend']);
  for (const section of sections) {
    const { keyword, name, number } = section;
    if (known.has(keyword)) continue;
    if (!used.includes(section)) leftOut(number, `${keyword} ${name}`.trim(), 'podfront.yaml has no place for it', elsewhere);
    else
      for (const { number: at, words } of section.lines)
        if (words[0] === 'parse-resolv-conf')
          leftOut(at, words[0], 'podfront asks cluster DNS directly', 'name its servers in cluster.nameservers');
        else if (words[0] === 'nameserver' && !reads(readNameserver, words[2] ?? ''))
          leftOut(at, `nameserver ${words[1] ?? ''}`, 'it is no address', 'name the server in cluster.nameservers by its address');
  }
}

function reads(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
