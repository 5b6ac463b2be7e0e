import { createHash } from 'node:crypto';
import { hostPort } from './address.ts';
import type { BackendTls, Config, Listen } from './config.ts';
import type { Layout, ListenLayout, PodSlots } from './layout.ts';
import { fileShape } from './parts.ts';
import { compile, type Data, type Parts } from './template.ts';
import type { DnsTransport } from './transport.ts';

/** A file as HAProxy shall get it. */
export interface Rendered {
  readonly text: string;
  /** SHA-256 of the text in hex: by it a refused file is known again. */
  readonly digest: string;
}

/** Compiles the templates once; what comes back renders any layout with them. Throws Problem `template.*` and `render.*`. */
export function renderer(parts: Parts): (config: Config, layout: Layout, transport: DnsTransport) => Rendered {
  const render = compile('haproxy.cfg', parts, fileShape);
  return (config, layout, transport) => {
    const text = render(fileData(config, layout, transport));
    return { text, digest: createHash('sha256').update(text).digest('hex') };
  };
}

/** The data of the templates; docs/templates.md tells each name. */
export function fileData(config: Config, layout: Layout, { tcp, payload }: DnsTransport): Data {
  const { haproxy, cluster, pace } = config;
  return {
    full: haproxy.layout === 'full',
    global: { socket: haproxy.socket, lines: haproxy.global },
    defaults: { lines: haproxy.defaults },
    stats: haproxy.stats?.text ?? null,
    resolvers: {
      nameservers: cluster.nameservers.map(({ address, port }, i) => ({
        id: `dns${i + 1}`,
        address: (tcp ? 'tcp@' : '') + hostPort(address.text, port),
      })),
      payload: String(payload),
      poll: `${pace.poll}ms`,
    },
    listens: layout.map(listenData),
  };
}

function listenData(entry: ListenLayout): Data {
  const { listen, pods, nodes, family } = entry;
  const common = { check: listen.check, family: `ipv${family}`, tls: tlsOptions(listen), proxy: proxyOption(listen.sendProxy) };
  return {
    name: listen.name,
    binds: listen.binds.map(({ text }) => text),
    mode: listen.mode,
    balance: listen.balance,
    servers: [
      ...(pods === null ? [] : podServers(pods, listen, common)),
      ...serviceServers(entry, common),
      ...nodes.map(({ name, address, port }) => serverData(common, { id: name, target: hostPort(address.text, port), resolved: false })),
    ],
    extra: listen.haproxyExtraConfig,
  };
}

/** What the servers of one listen share. */
interface Common {
  readonly check: boolean;
  readonly family: string;
  readonly tls: string | null;
  readonly proxy: string | null;
}

/** What sets one server apart; the rest is as in `serverData`. */
interface Own {
  readonly id: string;
  readonly target: string;
  readonly range?: string;
  readonly resolved?: boolean;
  readonly srv?: boolean;
  readonly seed?: string;
  readonly extra?: string | null;
  readonly backup?: boolean;
}

/** Written out field by field: there are tens of thousands of these, and a spread costs ten times as much. */
function serverData({ check, family, tls, proxy }: Common, own: Own): Data {
  const { id, target, range = null, resolved = true, srv = false, seed = 'none', extra = null, backup = false } = own;
  const directive = range === null ? 'server' : 'server-template';
  return { directive, id, range, target, check, resolved, family, srv, seed, tls, proxy, extra, backup };
}

/** Seeded lines for the pods there are, and a server-template for each run of free slots between and behind them. */
function podServers({ name, port, slots, seats }: PodSlots, listen: Listen, common: Common): readonly Data[] {
  const extra = listen.extraPodTemplateOptions || null;
  const srv = port === null;
  const target = srv ? name : `${name}:${port}`;
  const servers: Data[] = [];
  const free = (first: number, last: number) => {
    if (first > last) return;
    const range = first === 1 && last === slots ? String(slots) : `${first}-${last}`;
    servers.push(serverData(common, { id: 'pod', range, target, srv, extra }));
  };
  let next = 1;
  for (const { slot, endpoint } of seats) {
    free(next, slot - 1);
    const seeded = srv ? `${name}:${endpoint.port}` : target;
    servers.push(serverData(common, { id: `pod${slot}`, target: seeded, srv, seed: endpoint.address.text, extra }));
    next = slot + 1;
  }
  free(next, slots);
  return servers;
}

function serviceServers({ service }: ListenLayout, common: Common): readonly Data[] {
  if (service === null) return [];
  const { name, port, seed, backup } = service;
  return [serverData(common, { id: 'service', target: `${name}:${port}`, seed: seed?.text ?? 'none', backup })];
}

/** HAProxy checks with the same SNI only when it is told to (`check-sni`, HAProxy manual 5.2). */
function tlsOptions({ tls, check }: Listen): string | null {
  switch (tls.kind) {
    case 'none':
      return null;
    case 'unverified':
      return `ssl verify none${sniOptions(tls, check)}`;
    case 'verified':
      return `ssl verify required ca-file ${tls.caFile}${sniOptions(tls, check)}`;
    default:
      return tls satisfies never;
  }
}

function sniOptions({ sni }: Exclude<BackendTls, { kind: 'none' }>, check: boolean): string {
  if (sni === null) return '';
  return ` sni str(${sni})${check ? ` check-sni ${sni}` : ''}`;
}

function proxyOption(version: Listen['sendProxy']): string | null {
  switch (version) {
    case 'none':
      return null;
    case 'v1':
      return 'send-proxy';
    case 'v2':
      return 'send-proxy-v2';
    default:
      return version satisfies never;
  }
}
