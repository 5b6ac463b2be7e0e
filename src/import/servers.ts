import { rawWords } from './raw-words.ts';
import type { ConfigLine } from './section.ts';
import { readServerOptions, type ServerOptions } from './server-options.ts';
import { readTarget, type Target, targetName } from './server-target.ts';

/** A `server` or `server-template` line with its defaults in front of its options. */
export interface ProxyServer {
  readonly number: number;
  readonly template: boolean;
  /** Name of the server, or prefix of the slots. */
  readonly id: string;
  /** Slots that a template makes; 1 for a server. */
  readonly slots: number;
  readonly target: Target;
  readonly options: ServerOptions;
}

/** The most words of `default-server`, which are read again for each server. HAProxy reads 64 words of a line. */
const maxDefaultWords = 256;

/** Reads the servers of a proxy in order; `default-server` applies to those after it (configuration manual 4.2). Returns a reason where one cannot be read. */
export function readProxyServers(lines: readonly ConfigLine[]): readonly ProxyServer[] | string {
  const servers: ProxyServer[] = [];
  let defaults: ReturnType<typeof rawWords> = [];
  for (const { number, text } of lines) {
    const [keyword, ...words] = rawWords(text);
    if (keyword?.text === 'default-server') {
      defaults = [...defaults, ...words];
      if (defaults.length > maxDefaultWords) return `its default-server lines have more than ${maxDefaultWords} words`;
      continue;
    }
    const template = keyword?.text === 'server-template';
    const [id, range, target] = template ? words : [words[0], undefined, words[1]];
    if (id === undefined || target === undefined || (template && range === undefined)) return `its line ${number} is not complete`;
    const slots = template ? slotsOf(range?.text ?? '') : 1;
    if (slots === null) return `the slots of its line ${number}, ${range?.raw ?? ''}, cannot be counted`;
    const options = readServerOptions([...defaults, ...words.slice(template ? 3 : 2)]);
    servers.push({ number, template, id: id.text, slots, target: readTarget(target.text), options });
  }
  return servers;
}

/** `20` or `3-20`. */
function slotsOf(range: string): number | null {
  const [, first, last] = /^(?:(\d{1,5})-)?(\d{1,5})$/.exec(range) ?? [];
  const slots = Number(last) - Number(first ?? 1) + 1;
  return last === undefined || slots < 1 ? null : slots;
}

type ServiceTarget = Extract<Target, { kind: 'service' }>;

/** The servers of a proxy, classified by the key of podfront.yaml that can express them. */
export type Sorted =
  | { readonly kind: 'pods'; readonly target: ServiceTarget; readonly pods: readonly ProxyServer[]; readonly backup: ProxyServer | null }
  | { readonly kind: 'service'; readonly target: ServiceTarget; readonly server: ProxyServer }
  | { readonly kind: 'nodes'; readonly port: number; readonly servers: readonly ProxyServer[] }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Classifies servers.
 *
 * | servers                                        | result                                        |
 * |------------------------------------------------|-----------------------------------------------|
 * | templates, or several lines, of one name       | pods; lines beside a template are its seeds   |
 * | the same, and one plain name as `backup`       | pods, with `fallbackServicePort`              |
 * | one plain name                                 | the service                                   |
 * | addresses with one port                        | nodes                                         |
 */
export function sortServers(servers: readonly ProxyServer[]): Sorted {
  if (servers.length === 0) return { kind: 'none', why: 'it has no servers' };
  if (servers.every(({ target }) => target.kind === 'address')) return nodesOf(servers);
  const strange = servers.find(({ target }) => target.kind !== 'service');
  if (strange !== undefined) return { kind: 'none', why: `its line ${strange.number} reaches no service of a cluster` };
  const backups = servers.filter(({ options, template }) => options.backup && !template);
  const [backup = null, second] = backups;
  const main = servers.filter((server) => server !== backup);
  const [first] = main;
  if (first === undefined || second !== undefined || main.some(({ options }) => options.backup))
    return { kind: 'none', why: 'its servers are all, or more than one of them, for backup' };
  if (first.target.kind !== 'service') return { kind: 'none', why: '' };
  const name = targetName(first.target);
  const others = main.find(({ target }) => target.kind === 'service' && targetName(target) !== name);
  if (others !== undefined) return { kind: 'none', why: 'its servers follow different services' };
  const [only] = main;
  if (main.length === 1 && only !== undefined && !only.template && first.target.records === 'plain')
    return backup === null
      ? { kind: 'service', target: first.target, server: only }
      : { kind: 'none', why: 'podfront has no key for a service with another as backup' };
  if (backup !== null && !isFallbackOf(backup.target, first.target))
    return { kind: 'none', why: 'its backup is no service of the namespace of its pods' };
  return { kind: 'pods', target: first.target, pods: main, backup };
}

function isFallbackOf(target: Target, pods: ServiceTarget): boolean {
  if (target.kind !== 'service' || target.records !== 'plain' || target.port === null) return false;
  return target.namespace === pods.namespace && target.domain === pods.domain;
}

function nodesOf(servers: readonly ProxyServer[]): Sorted {
  const ports = new Set(servers.map(({ target }) => (target.kind === 'address' ? target.port : 0)));
  const [port = 0] = ports;
  if (ports.size > 1) return { kind: 'none', why: 'its servers are addresses with different ports' };
  if (servers.some(({ options }) => options.backup)) return { kind: 'none', why: 'some of its addresses are for backup' };
  return { kind: 'nodes', port, servers };
}
