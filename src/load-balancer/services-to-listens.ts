import type { Config, Listen } from '../config/config.ts';
import { type Bind, parseBind } from '../haproxy-syntax/bind.ts';
import { tokenise } from '../haproxy-syntax/line.ts';
import { hostPort } from '../ip/address.ts';
import { Problem } from '../problem/problem.ts';
import { type AllocateInput, allocateAddresses, type ServiceAllocation } from './allocate.ts';
import type { Cause } from './cause.ts';
import type { AllocatedAddress, Service } from './service.ts';
import { type ServiceSettings, settingsOf } from './settings.ts';
import type { ReservedBind } from './taken-ports.ts';

/** A Service of the class with its addresses, its listens, and the reasons why it has less than it asks for. */
export interface ServedService {
  readonly service: Service;
  readonly addresses: readonly AllocatedAddress[];
  /** In the order of its ports. Empty where none of them can be served. */
  readonly listens: readonly Listen[];
  readonly causes: readonly Cause[];
  readonly settings: ServiceSettings;
}

/** The name of the listen for a port of a Service. It is unique, because names in Kubernetes have no `_`. */
export function listenName({ namespace, name }: Pick<Service, 'namespace' | 'name'>, port: number): string {
  return `${namespace}_${name}_${port}`;
}

/**
 * Allocates addresses to the Services of the class, and makes a listen for each of their TCP ports.
 *
 * @param before by uid; the settings of a Service that is still the same object are reused
 */
export function serveServices(
  config: Config,
  services: readonly Service[],
  given: AllocateInput['given'],
  before: ReadonlyMap<string, ServedService> = new Map(),
): readonly ServedService[] {
  const pools = config.loadBalancer?.addresses ?? [];
  const allocations = allocateAddresses({ services, pools, reserved: reservedBinds(config), given });
  const names = new Set(config.listens.map(({ name }) => name));
  const sharedTables = config.haproxy.peers.length > 0;
  return allocations.map((allocation) => {
    const known = before.get(allocation.service.uid);
    const isKnown = known?.service === allocation.service && known.settings.sharedTables === sharedTables;
    return servedService(allocation, names, isKnown ? known.settings : settingsOf(allocation.service, sharedTables));
  });
}

/** The binds in podfront.yaml. They include the addresses of all peers, one of which is this VM. */
export function reservedBinds({ listens, haproxy, status }: Config): readonly ReservedBind[] {
  const { stats, layout, peers } = haproxy;
  const ofStatus = status?.kind === 'tcp' ? [{ owner: 'status', bind: parseBind(hostPort(status.address.text, status.port)) }] : [];
  return [
    ...(stats !== null && layout === 'full' ? [{ owner: 'haproxy.stats', bind: stats }] : []),
    ...ofStatus,
    ...peers.map(({ name, address }) => ({ owner: `peer ${name}`, bind: address })),
    ...listens.flatMap((listen) => [...listen.binds, ...extraBinds(listen)].map((bind) => ({ owner: `listen ${listen.name}`, bind }))),
  ];
}

/** The IP addresses of `bind` lines in `haproxyExtraConfig`; binds of other kinds conflict with no Service. */
function extraBinds({ haproxyExtraConfig }: Listen): readonly Bind[] {
  return haproxyExtraConfig.flatMap((line) => {
    const { words } = tokenise(line);
    return words[0] === 'bind' ? (words[1] ?? '').split(',').flatMap(bindOf) : [];
  });
}

function bindOf(text: string): readonly Bind[] {
  try {
    return [parseBind(text)];
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

function servedService(
  { service, addresses, causes }: ServiceAllocation,
  names: ReadonlySet<string>,
  settings: ServiceSettings,
): ServedService {
  const { listen } = settings;
  const ports = service.ports.filter(({ protocol, port }) => protocol === 'TCP' && addresses.some((one) => one.ports.includes(port)));
  const taken = ports.map(({ port }) => listenName(service, port)).filter((name) => names.has(name));
  const listens = ports.flatMap(({ port, name }): readonly Listen[] => {
    if (listen === null || taken.includes(listenName(service, port))) return [];
    const bound = addresses.filter((one) => one.ports.includes(port));
    return [
      {
        ...listen,
        name: listenName(service, port),
        binds: bound.map(({ address }) => ({ ...parseBind(hostPort(address.text, port)), tls: null })),
        serviceName: service.name,
        namespace: service.namespace,
        destination: { kind: 'pods', port: { name } },
        records: 'endpoints',
        fallbackServicePort: 'auto',
        // A Service without pods is the business of its owner, and not a problem of this VM.
        mayBeEmpty: true,
      },
    ];
  });
  return {
    service,
    addresses,
    listens,
    settings,
    causes: [...causes, ...settings.causes, ...taken.map((name): Cause => ({ kind: 'name-taken', listen: name }))],
  };
}

/** Whether a Service is one of the class, in a namespace that is served. */
export function isOfClass({ loadBalancer }: Pick<Config, 'loadBalancer'>, manager: string, service: Service): boolean {
  if (loadBalancer === null || service.type !== 'LoadBalancer') return false;
  const { namespaces, class: ours, default: takesDefault } = loadBalancer;
  if (namespaces.length > 0 && !namespaces.includes(service.namespace)) return false;
  if (service.loadBalancerClass !== null) return service.loadBalancerClass === ours;
  // A Service without a class may be served by another implementation already.
  return takesDefault && (service.published.length === 0 || service.writer === null || service.writer === manager);
}
