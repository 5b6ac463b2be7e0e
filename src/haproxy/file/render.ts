import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import type { Accounts } from '../../config/htpasswd.ts';
import type { Version } from '../../haproxy-syntax/version.ts';
import { hostPort } from '../../ip/address.ts';
import { problem } from '../../problem/problem.ts';
import type { Allocation, ListenAllocation } from '../slots/allocate.ts';
import { authRule, bindWords, frontendData, httpRules, usersData } from './frontend-data.ts';
import { frontendsOf, sharedListens } from './frontends.ts';
import type { DnsTransport } from './resolvers.ts';
import { markRuntimeListens } from './runtime-listens.ts';
import { serverData } from './slot-lines.ts';
import { compile, type Data, type Parts } from './template.ts';
import { fileShape } from './template-data.ts';

/** A function that renders the file of a configuration. With `keepsLost`, HAProxy keeps servers whose name no longer exists for a day. */
export type RenderFile = (config: Config, allocation: Allocation, transport: DnsTransport, keepsLost?: boolean) => string;

/**
 * Compiles the templates once; the function returned renders any allocation with them. Throws Problem `template.*` and
 * `render.*`, and `auth.left-out` when the user's own templates would leave out basic authentication.
 *
 * @param version the HAProxy that the file is for
 * @param accounts the users of each listen with `basicAuth`
 */
export function renderer(parts: Parts, version: Version, accounts: Accounts = new Map()): RenderFile {
  const render = compile('haproxy.cfg', parts, fileShape);
  let last: ListensData = new Map();
  const dataOf = (allocation: ListenAllocation, shared: boolean): Data => {
    const before = last.get(allocation);
    return before?.shared === shared ? before.data : () => listenData(allocation, shared, accounts, version);
  };
  return (config, allocation, transport, keepsLost = false) => {
    const shared = sharedListens(config.listens);
    last = new Map(allocation.map((one) => [one, { shared: shared.has(one.listen.name), data: dataOf(one, shared.has(one.listen.name)) }]));
    const listens = [...last.values()].map(({ data }) => data);
    const rendered = render(fileData(config, listens, { ...transport, keepsLost }));
    const text = markRuntimeListens(rendered, version, noRuntimeAccess(config));
    const asking = allocation.filter(({ listen }) => listen.basicAuth !== null);
    const lines = new Set(asking.length === 0 ? [] : text.split('\n'));
    for (const { listen } of asking) {
      if (!lines.has(`    ${authRule(listen)}`)) throw problem('auth.left-out', { listen: listen.name });
    }
    return text;
  };
}

/** The data from which each listen was last rendered, which stays the same object while nothing changes. */
type ListensData = ReadonlyMap<ListenAllocation, { readonly shared: boolean; readonly data: Data }>;

/** The data of the templates; docs/templates.md describes each name. */
function fileData(
  config: Config,
  listens: readonly Data[],
  { tcp, payload, keepsLost }: DnsTransport & { readonly keepsLost: boolean },
): Data {
  const { haproxy, cluster } = config;
  return {
    full: haproxy.layout === 'full',
    global: { socket: haproxy.socket, level: socketLevel(config), localPeer: haproxy.localPeer, lines: haproxy.global },
    defaults: { lines: haproxy.defaults },
    stats: haproxy.stats?.text ?? idleAddress(config),
    resolvers: cluster.nameservers.length === 0 ? null : resolversData(config, { tcp, payload, keepsLost }),
    peers: haproxy.peers.length === 0 ? null : { members: haproxy.peers.map(({ name, address }) => ({ name, address: address.text })) },
    frontends: frontendsOf(config.listens).map(frontendData),
    listens,
  };
}

function resolversData(
  { cluster, pace }: Config,
  { tcp, payload, keepsLost }: Pick<DnsTransport, 'tcp' | 'payload'> & { readonly keepsLost: boolean },
): Data {
  return {
    nameservers: cluster.nameservers.map(({ address, port }, i) => ({
      id: `dns${i + 1}`,
      address: (tcp ? 'tcp@' : '') + hostPort(address.text, port),
    })),
    payload: String(payload),
    poll: duration(pace.poll),
    holdNx: keepsLost ? '24h' : '30s',
  };
}

/**
 * An address for HAProxy to listen on while there are no listens, as before the first Service of type LoadBalancer; without one it would
 * not start. It is an abstract unix socket for the stats page, with a name that is unique to the output. Null where it is not needed.
 */
function idleAddress({ loadBalancer, listens, haproxy: { output } }: Config): string | null {
  if (loadBalancer === null || listens.length > 0) return null;
  return `abns@podfront-${createHash('sha256').update(output).digest('hex').slice(0, 16)}`;
}

/** The reason in the configuration why HAProxy's servers cannot be changed at run time; null where they can. */
function noRuntimeAccess({ haproxy: { reload, socket } }: Config): string | null {
  if (reload.kind === 'none') return 'haproxy.reload is none';
  return reload.kind === 'master' || socket !== null ? null : 'neither haproxy.reload.master nor haproxy.socket is set';
}

/** The level of the stats socket: `admin` where servers are changed through it. */
function socketLevel({ cluster, haproxy: { reload } }: Config): 'admin' | 'user' {
  return cluster.api !== null && reload.kind !== 'master' && reload.kind !== 'none' ? 'admin' : 'user';
}

function listenData(allocation: ListenAllocation, shared: boolean, accounts: Accounts, version: Version): Data {
  const { listen } = allocation;
  return {
    name: listen.name,
    section: shared ? 'backend' : 'listen',
    binds: shared ? [] : listen.binds.map(({ text, tls }) => bindWords(text, tls, tls === null ? [] : [tls.crt])),
    mode: listen.mode,
    rules: httpRules(listen),
    balance: listen.balance,
    servers: serverData(allocation, version),
    extra: listen.haproxyExtraConfig,
    users: usersData(listen, accounts),
  };
}

/** A duration as an operator would write it, with whole seconds as seconds. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
