import { readBalance, readListenName } from '../config/values/haproxy.ts';
import { isServiceName } from '../config/values/kubernetes-names.ts';
import { parseOptions } from '../haproxy-syntax/extra-lines.ts';
import { orProblem, Problem } from '../problem/problem.ts';
import { readBinds } from './binds.ts';
import { withComments } from './comments.ts';
import type { WholeProxy } from './effective.ts';
import { podFaults, ruleFaults } from './faults.ts';
import type { ImportedListen } from './model.ts';
import { readRules } from './rules.ts';
import type { ConfigLine } from './section.ts';
import { type ProxyServer, readProxyServers, type Sorted, sortServers } from './servers.ts';
import { isGroup } from './userlists.ts';

/** A listen that can be imported, or the reason why not. */
export type ImportOutcome =
  | { readonly kind: 'imported'; readonly listen: ImportedListen; readonly servers: readonly ProxyServer[]; readonly domain: string | null }
  | { readonly kind: 'left-out'; readonly why: string };

/** The most binds of one listen: a short line can lead to much YAML. */
const maxBinds = 1_000;

const serverKeywords = new Set(['server', 'server-template', 'default-server']);

/**
 * Reads one proxy.
 *
 * @param lists the lists of users that are imported
 */
export function importListen(proxy: WholeProxy, lists: ReadonlySet<string>): ImportOutcome {
  const { name, number, mode, lines } = proxy;
  const leftOut = (why: string): ImportOutcome => ({ kind: 'left-out', why });
  const validName = orProblem(() => readListenName(name));
  if (validName instanceof Problem) return leftOut(validName.message);
  if (mode !== 'tcp' && mode !== 'http') return leftOut(`its mode is ${mode}`);
  const linesWith = (wanted: (keyword: string) => boolean): readonly ConfigLine[] => lines.filter(({ words }) => wanted(words[0] ?? ''));
  const servers = readProxyServers(linesWith((keyword) => serverKeywords.has(keyword)));
  if (typeof servers === 'string') return leftOut(servers);
  const sorted = sortServers(servers);
  if (sorted.kind === 'none') return leftOut(sorted.why);
  const options = optionsOf(sorted);
  if (typeof options === 'string') return leftOut(options);
  const binds = readBinds(
    linesWith((keyword) => keyword === 'bind'),
    mode,
  );
  if (binds.known.length + binds.lines.length === 0) return leftOut('it binds no address');
  const [odd] = binds.lines;
  if (proxy.shared !== null && odd !== undefined) return leftOut(`podfront has no key for line ${odd.number}, a bind that it shares`);
  if (binds.known.length > maxBinds) return leftOut(`it binds more than ${maxBinds} addresses`);
  const target = targetOf(sorted);
  if (typeof target === 'string') return leftOut(target);
  const balance = balanceOf(proxy);
  const withTls = binds.known.filter((bind) => bind.tls !== null).length;
  const tlsEnds = withTls === 0 ? 'none' : withTls < binds.known.length || binds.lines.length > 0 ? 'some' : 'all';
  const { covered, ...rules } = readRules({ lines, mode, tls: tlsEnds, lists, groups: isGroup });
  const last = lines.findLast(({ words }) => words[0] === 'server' || words[0] === 'server-template');
  const behind = new Set(last === undefined ? [] : lines.slice(lines.lastIndexOf(last) + 1));
  const verbatim = new Set(binds.lines);
  const others = lines.filter((line) => {
    const [keyword = ''] = line.words;
    if (keyword === 'bind') return verbatim.has(line);
    // A default-server after the last server applies to none; podfront's own lines come there too.
    return serverKeywords.has(keyword) ? keyword === 'default-server' && behind.has(line) : !covered.has(line);
  });
  const { extra, check, tls, checkTls, sendProxy } = options;
  return {
    kind: 'imported',
    servers,
    domain: sorted.kind === 'nodes' ? null : sorted.target.domain,
    listen: {
      name,
      line: number,
      binds: binds.known,
      hosts: proxy.hosts,
      shared: proxy.shared?.name ?? null,
      service: sorted.kind === 'nodes' ? asService(name) : sorted.target.service,
      namespace: sorted.kind === 'nodes' ? 'default' : sorted.target.namespace,
      target,
      ...fallbackOf(sorted),
      mode,
      balance: balance.known ?? 'roundrobin',
      ...{ tls, checkTls, sendProxy, check, ...rules },
      nodes: sorted.kind === 'nodes' ? servers.map(({ id }) => id) : null,
      extraOptions: extra,
      extraLines: [...withComments(others), ...(balance.line === null ? [] : [balance.line])],
      faults: [
        ...podFaults(proxy, sorted),
        ...ruleFaults(others),
        ...binds.known.flatMap(({ original }) => (original === null ? [] : [`${original} is not an address`])),
      ],
      comments: {
        listen: [...proxy.comments, ...[...covered].flatMap(({ comments }) => comments)],
        servers: linesWith((keyword) => serverKeywords.has(keyword)).flatMap(({ comments }) => comments),
      },
    },
  };
}

/** The service that takes the traffic when no pod is left. */
function fallbackOf(sorted: Exclude<Sorted, { kind: 'none' }>): Pick<ImportedListen, 'fallbackServicePort' | 'fallbackServiceName'> {
  const fallback = sorted.kind === 'pods' ? sorted.backup?.target : undefined;
  if (sorted.kind !== 'pods' || fallback?.kind !== 'service') return { fallbackServicePort: null, fallbackServiceName: null };
  const { service } = fallback;
  return { fallbackServicePort: fallback.port, fallbackServiceName: service === sorted.target.service ? null : service };
}

/** A service name for a listen that reaches nodes, which needs one in podfront.yaml. */
function asService(name: string): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63);
  return isServiceName(label) ? label : 'service';
}

/** The options of all servers, which must be the same in a listen, or the reason why that cannot be expressed. */
function optionsOf(sorted: Exclude<Sorted, { kind: 'none' }>): ProxyServer['options'] | string {
  const servers = sorted.kind === 'pods' ? sorted.pods : sorted.kind === 'service' ? [sorted.server] : sorted.servers;
  const key = ({ options: { check, sendProxy, tls, checkTls, extra } }: ProxyServer) =>
    JSON.stringify([check, sendProxy, tls, checkTls, extra]);
  const [first] = servers;
  if (first === undefined) return 'it has no servers';
  const { options } = first;
  if (servers.some((server) => key(server) !== key(first))) return 'its servers have different options';
  if (sorted.kind === 'pods' && sorted.backup !== null) {
    const backup = sorted.backup.options;
    if (backup.extra !== '' || key({ ...sorted.backup, options: { ...backup, extra: options.extra } }) !== key(first))
      return 'its backup has other options than its pods';
  }
  const extra = orProblem(() => parseOptions(options.extra));
  return extra instanceof Problem ? extra.message : options;
}

function targetOf(sorted: Exclude<Sorted, { kind: 'none' }>): ImportedListen['target'] | string {
  switch (sorted.kind) {
    case 'nodes':
      return { kind: 'nodes', port: sorted.port };
    case 'service':
      return sorted.target.port === null ? 'its server has no port' : { kind: 'service', port: sorted.target.port };
    case 'pods': {
      const { target, pods } = sorted;
      const slots = pods.reduce((sum, server) => sum + server.slots, 0);
      if (slots > 10_000) return `it has ${slots} slots, and 10000 are allowed`;
      if (target.records === 'srv') return { kind: 'pods', port: target.portName ?? '', records: 'srv', maxExpectedPods: slots };
      const ports = new Set(pods.map((server) => (server.target.kind === 'service' ? server.target.port : null)));
      const [port = null] = ports;
      if (ports.size > 1) return 'its servers have different ports';
      if (port === null) return 'its servers have no port';
      return { kind: 'pods', port, records: target.records === 'wildcard' ? 'wildcard' : 'headless', maxExpectedPods: slots };
    }
    default:
      return sorted satisfies never;
  }
}

/** The balance, or the line to copy where podfront does not know it: HAProxy uses the last one. */
function balanceOf({ balance }: WholeProxy): { readonly known: string | null; readonly line: string | null } {
  if (balance === null) return { known: null, line: null };
  const known = orProblem(() => readBalance(balance));
  return known instanceof Problem ? { known: null, line: `balance ${balance}` } : { known, line: null };
}
