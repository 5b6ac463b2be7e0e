import type { BackendTls, Config, Listen } from '../../config/config.ts';
import type { Accounts } from '../../config/htpasswd.ts';
import { hostPort } from '../../ip/address.ts';
import { problem } from '../../problem/problem.ts';
import type { Allocation, ListenAllocation, PodSlots, ServiceServer } from '../slots/allocate.ts';
import { authRule, bindWords, frontendData, httpRules, usersData } from './frontend-data.ts';
import { frontendsOf, sharedListens } from './frontends.ts';
import type { DnsTransport } from './resolvers.ts';
import { compile, type Data, type Parts } from './template.ts';
import { fileShape } from './template-data.ts';

/**
 * Compiles the templates once; what comes back renders any layout with them. Throws Problem `template.*` and `render.*`, and
 * `auth.left-out` when templates of the user's own would let everybody in.
 *
 * @param accounts the users of each listen with `basicAuth`
 */
export function renderer(
  parts: Parts,
  accounts: Accounts = new Map(),
): (config: Config, layout: Allocation, transport: DnsTransport) => string {
  const render = compile('haproxy.cfg', parts, fileShape);
  return (config, layout, transport) => {
    const text = render(fileData(config, layout, transport, accounts));
    for (const { listen } of layout) {
      if (listen.basicAuth !== null && !text.includes(`    ${authRule(listen)}\n`)) throw problem('auth.left-out', { listen: listen.name });
    }
    return text;
  };
}

/** The data of the templates; docs/templates.md tells each name. */
export function fileData(config: Config, layout: Allocation, { tcp, payload }: DnsTransport, accounts: Accounts): Data {
  const { haproxy, cluster, pace } = config;
  const shared = sharedListens(config.listens);
  return {
    full: haproxy.layout === 'full',
    global: { socket: haproxy.socket, localPeer: haproxy.localPeer, lines: haproxy.global },
    defaults: { lines: haproxy.defaults },
    stats: haproxy.stats?.text ?? null,
    resolvers: {
      nameservers: cluster.nameservers.map(({ address, port }, i) => ({
        id: `dns${i + 1}`,
        address: (tcp ? 'tcp@' : '') + hostPort(address.text, port),
      })),
      payload: String(payload),
      poll: duration(pace.poll),
    },
    peers: haproxy.peers.length === 0 ? null : { members: haproxy.peers.map(({ name, address }) => ({ name, address: address.text })) },
    frontends: frontendsOf(config.listens).map(frontendData),
    listens: layout.map((listen) => listenData(listen, shared.has(listen.listen.name), accounts)),
  };
}

function listenData({ listen, records, family, pods, service, nodes }: ListenAllocation, shared: boolean, accounts: Accounts): Data {
  const options: Options = {
    check: listen.check,
    resolved: true,
    family: `ipv${family}`,
    srv: false,
    tls: tlsOptions(listen) ?? checkOptions(listen),
    proxy: proxyOption(listen.sendProxy),
    extra: null,
    backup: false,
  };
  return {
    name: listen.name,
    section: shared ? 'backend' : 'listen',
    binds: shared ? [] : listen.binds.map(({ text, tls }) => bindWords(text, tls, tls === null ? [] : [tls.crt])),
    mode: listen.mode,
    rules: httpRules(listen),
    balance: listen.balance,
    servers: [
      ...(pods === null ? [] : podServers(pods, { ...options, srv: records === 'srv', extra: listen.extraPodTemplateOptions || null })),
      ...(service === null ? [] : [serviceServer(service, options)]),
      ...nodeServers(nodes, { ...options, resolved: false }),
    ],
    extra: listen.haproxyExtraConfig,
    users: usersData(listen, accounts),
  };
}

/** What the servers of one kind share. One object for all of them: `template.ts` then writes it once. */
type Options = Readonly<Record<'check' | 'resolved' | 'srv' | 'backup', boolean> & Record<'tls' | 'proxy' | 'extra', string | null>> & {
  readonly family: string;
};

/** Seeded lines for the pods there are, and a server-template for each run of free slots between and behind them. */
function podServers({ name, port, slots, assignments }: PodSlots, options: Options): readonly Data[] {
  const target = port === null ? name : `${name}:${port}`;
  const servers: Data[] = [];
  const free = (first: number, last: number) => {
    if (first > last) return;
    const range = first === 1 && last === slots ? String(slots) : `${first}-${last}`;
    servers.push({ directive: 'server-template', id: 'pod', range, target, seed: 'none', options });
  };
  let next = 1;
  for (const { slot, endpoint } of assignments) {
    free(next, slot - 1);
    const seeded = port === null ? `${name}:${endpoint.port}` : target;
    servers.push({ directive: 'server', id: `pod${slot}`, range: null, target: seeded, seed: endpoint.address.text, options });
    next = slot + 1;
  }
  free(next, slots);
  return servers;
}

function serviceServer({ name, port, seed, backup }: ServiceServer, options: Options): Data {
  return {
    directive: 'server',
    id: 'service',
    range: null,
    target: `${name}:${port}`,
    seed: seed?.text ?? 'none',
    options: { ...options, backup },
  };
}

function nodeServers(nodes: ListenAllocation['nodes'], options: Options): readonly Data[] {
  return nodes.map(({ name, address, port }) => ({
    directive: 'server',
    id: name,
    range: null,
    target: hostPort(address.text, port),
    seed: null,
    options,
  }));
}

function checkOptions({ check, checkTls }: Listen): string | null {
  if (!check) return null;
  switch (checkTls.kind) {
    case 'none':
      return null;
    case 'unverified':
      return `check-ssl verify none${checkSni(checkTls.sni)}`;
    case 'verified':
      return `check-ssl verify required ca-file ${checkTls.caFile}${checkSni(checkTls.sni)}`;
    default:
      return checkTls satisfies never;
  }
}

const checkSni = (sni: string | null): string => (sni === null ? '' : ` check-sni ${sni}`);

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

/** As an operator would write it: whole seconds as seconds. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
