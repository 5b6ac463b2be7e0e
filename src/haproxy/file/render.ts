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

/** Renders the file of a configuration. `keepsLost`: HAProxy keeps servers for a day whose name no longer exists. */
export type RenderFile = (config: Config, allocation: Allocation, transport: DnsTransport, keepsLost?: boolean) => string;

/**
 * Compiles the templates once; the function returned renders any allocation with them. Throws Problem `template.*` and
 * `render.*`, and `auth.left-out` when templates of the user's own would let everybody in.
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

/** What each listen was rendered from last, which is the same object while nothing of it changes. */
type ListensData = ReadonlyMap<ListenAllocation, { readonly shared: boolean; readonly data: Data }>;

/** The data of the templates; docs/templates.md describes each name. */
function fileData(
  config: Config,
  listens: readonly Data[],
  { tcp, payload, keepsLost }: DnsTransport & { readonly keepsLost: boolean },
): Data {
  const { haproxy, cluster, pace } = config;
  return {
    full: haproxy.layout === 'full',
    global: { socket: haproxy.socket, level: socketLevel(config), localPeer: haproxy.localPeer, lines: haproxy.global },
    defaults: { lines: haproxy.defaults },
    stats: haproxy.stats?.text ?? idleAddress(config),
    resolvers: {
      nameservers: cluster.nameservers.map(({ address, port }, i) => ({
        id: `dns${i + 1}`,
        address: (tcp ? 'tcp@' : '') + hostPort(address.text, port),
      })),
      payload: String(payload),
      poll: duration(pace.poll),
      holdNx: keepsLost ? '24h' : '30s',
    },
    peers: haproxy.peers.length === 0 ? null : { members: haproxy.peers.map(({ name, address }) => ({ name, address: address.text })) },
    frontends: frontendsOf(config.listens).map(frontendData),
    listens,
  };
}

/**
 * HAProxy does not start without an address to listen on. Before the first Service of type LoadBalancer there may be none: then the stats
 * page has an abstract unix socket, of a name that no other output has.
 */
function idleAddress({ loadBalancer, listens, haproxy: { output } }: Config): string | null {
  if (loadBalancer === null || listens.length > 0) return null;
  return `abns@podfront-${createHash('sha256').update(output).digest('hex').slice(0, 16)}`;
}

/** Why HAProxy cannot be told of pods at run time, as far as the configuration shows; null where there is a way. */
function noRuntimeAccess({ haproxy: { reload, socket } }: Config): string | null {
  if (reload.kind === 'none') return 'haproxy.reload is none';
  return reload.kind === 'master' || socket !== null ? null : 'neither haproxy.reload.master nor haproxy.socket is set';
}

/** The level of the stats socket: `admin` where servers have to be changed through it. */
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

/** As an operator would write it: whole seconds as seconds. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
