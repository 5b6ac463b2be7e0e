import type { Config, Listen } from '../../config/config.ts';
import type { Address } from '../../ip/address.ts';
import { type Problem, problem } from '../../problem/problem.ts';
import { checkAddresses } from '../check-addresses.ts';
import type { AddressClassifier } from '../classify-address.ts';
import type { Endpoint, Evidence, Observation, SliceSeen } from '../observation.ts';
import { maxServers, mergeSlices } from './merge-slices.ts';
import type { ServiceObject, SliceObject } from './objects.ts';

/** A Service with its slices, as far as they are known. */
export interface ServiceView {
  /** Null where there is no such Service. */
  readonly service: ServiceObject | null;
  readonly slices: readonly SliceObject[];
  /** Problems of invalid objects. The last valid version of such an object is kept. */
  readonly refused: readonly Problem[];
  /** The time of the last change received, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** The Services of a listen. */
export interface ListenViews {
  readonly own: ServiceView;
  /** The Service of `fallbackServiceName`; null where that is not configured. */
  readonly backup: ServiceView | null;
}

/** The API server that objects are from. */
export interface ServerSeen {
  /** `host:port` */
  readonly name: string;
  /** Warnings about it, for every listen. */
  readonly warnings: readonly Problem[];
}

/** The parts of an observation that differ from case to case. */
type Decided = Pick<Observation, 'why' | 'state' | 'problem'> & Partial<Observation>;

/** The observation of a listen whose pods come from the Kubernetes API. */
export function observeListen(
  config: Config,
  listen: Listen,
  views: ListenViews,
  server: ServerSeen,
  classify: AddressClassifier,
): Observation {
  const decided = decide(config, listen, views, classify);
  const warnings = [...server.warnings, ...(decided.warnings ?? [])];
  return complete(config, listen, evidenceOf(views.own, server.name), { ...decided, warnings });
}

/** The observation of a listen whose objects could not be read. */
export function unobserved(config: Config, listen: Listen, why: Problem): Observation {
  return complete(config, listen, { kind: 'none' }, { why: why.message, state: 'failed', problem: why });
}

function decide(config: Config, listen: Listen, views: ListenViews, classify: AddressClassifier): Decided {
  const name = nameOf(config, listen);
  const { service, slices, refused } = views.own;
  const warnings = [...refused, ...backupWarnings(config, listen, views)];
  const empty = (why: string, warning: Problem | null): Decided => ({
    why,
    state: 'empty',
    problem: null,
    warnings: warning === null ? warnings : [...warnings, warning],
  });
  const failed = (reason: Problem): Decided => ({ why: reason.message, state: 'failed', problem: reason, warnings });
  if (listen.destination.kind !== 'pods') throw new Error(`listen ${listen.name} has no pods`);
  const { port } = listen.destination;
  if (service === null) {
    const [lie] = refused;
    // An unreadable Service may be another one than before, so this is a failure.
    if (lie !== undefined && slices.length === 0) return failed(lie);
    return empty('there is no such Service', problem('api.no-service', { name: listen.serviceName, namespace: listen.namespace }));
  }
  if (service.type === 'ExternalName')
    return failed(problem('api.external-name', { service: name, alias: service.externalName ?? 'another name' }));

  const serviceAddresses = service.clusterIPs;
  const merged = mergeSlices(slices, port);
  if (merged.overflow > 0)
    warnings.push(problem('api.too-many-endpoints', { service: name, count: merged.endpoints.length + merged.overflow, most: maxServers }));
  if (merged.endpoints.length === 0) {
    const checked = checkBackup(name, listen, backupOf(listen, views, merged.unready[0]?.address.family ?? null), classify);
    if (checked.kind === 'failed') return failed(checked.problem);
    warnings.push(...checked.warnings);
    const { backup, leftOut } = checked;
    const unready = usableOf(checkAddresses(name, listen, { endpoints: merged.unready, serviceAddresses: [] }, classify));
    return {
      ...empty('no endpoint of its slices is ready', whyEmpty(name, service, slices, port)),
      serviceAddresses,
      backup,
      leftOut,
      unready,
    };
  }

  const checked = checkAddresses(name, listen, { endpoints: merged.endpoints, serviceAddresses: [] }, classify);
  if (checked.kind === 'failed') return { ...failed(checked.problem), leftOut: checked.leftOut };
  const ofBackup = checkBackup(name, listen, backupOf(listen, views, checked.endpoints[0]?.address.family ?? null), classify);
  if (ofBackup.kind === 'failed') return failed(ofBackup.problem);
  const count = slices.length === 1 ? 'its EndpointSlice' : `its ${slices.length} EndpointSlices`;
  return {
    why: `${count} ${slices.length === 1 ? 'names' : 'name'} them`,
    state: 'found',
    problem: null,
    endpoints: checked.endpoints,
    serviceAddresses,
    backup: ofBackup.backup,
    leftOut: [...checked.leftOut, ...ofBackup.leftOut],
    warnings: [...warnings, ...checked.warnings, ...ofBackup.warnings],
  };
}

function usableOf(checked: ReturnType<typeof checkAddresses>): readonly Endpoint[] {
  return checked.kind === 'failed' ? [] : checked.endpoints;
}

/** The warning about a Service without usable endpoints. */
function whyEmpty(name: string, service: ServiceObject, slices: readonly SliceObject[], port: number | { readonly name: string }): Problem {
  if (!service.hasSelector && slices.length === 0) return problem('api.no-endpoints', { service: name });
  const known = [...new Set([...service.ports.map((one) => one.name), ...slices.flatMap(({ ports }) => [...ports.keys()])])].filter(
    Boolean,
  );
  if (typeof port === 'object' && !known.includes(port.name)) {
    const few = known.slice(0, 5).join(', ');
    return problem('api.no-such-port', { service: name, port: port.name, known: few === '' ? 'none with a name' : few });
  }
  return problem('api.none-ready', { service: name });
}

/** The ClusterIP of the same family as the pods, and the port of the Service that leads to theirs. */
function backupOf(listen: Listen, { own, backup }: ListenViews, family: 4 | 6 | null): Observation['backup'] {
  const { fallbackServicePort, destination } = listen;
  const { service } = backup ?? own;
  if (service === null || fallbackServicePort === null || destination.kind !== 'pods') return null;
  const address = service.clusterIPs.find((one) => family === null || one.family === family) ?? service.clusterIPs[0];
  const port = fallbackServicePort === 'auto' ? servicePortFor(service, own.slices, destination.port) : fallbackServicePort;
  return address === undefined || port === null ? null : { address, port };
}

/** The backup, whose address is held to what those of pods are held to: none where it is outside the networks of the cluster. */
function checkBackup(
  service: string,
  listen: Listen,
  backup: Observation['backup'],
  classify: AddressClassifier,
):
  | ({ readonly kind: 'usable'; readonly warnings: readonly Problem[] } & Pick<Observation, 'backup' | 'leftOut'>)
  | { readonly kind: 'failed'; readonly problem: Problem } {
  if (backup === null) return { kind: 'usable', backup, leftOut: [], warnings: [] };
  const { address } = backup;
  const checked = checkAddresses(service, listen, { endpoints: [], serviceAddresses: [address] }, classify);
  if (checked.kind === 'usable') return { kind: 'usable', backup, leftOut: [], warnings: [] };
  if (checked.leftOut.length === 0) return checked;
  const warnings = [problem('dns.outside-networks', { service, addresses: address.text })];
  return { kind: 'usable', backup: null, leftOut: checked.leftOut, warnings };
}

/** The reasons why there is no backup although a port for it is configured. */
function backupWarnings(config: Config, listen: Listen, { own, backup }: ListenViews): readonly Problem[] {
  const { fallbackServicePort: port, fallbackServiceName: name } = listen;
  if (typeof port !== 'number') return [];
  const service = nameOf(config, name === null ? listen : { ...listen, serviceName: name });
  const view = backup ?? own;
  if (view.service === null) return name === null ? [] : [problem('dns.fallback-missing', { service })];
  if (view.service.type === 'ExternalName' || view.service.clusterIPs.length > 0) return [];
  return [problem('dns.fallback-headless', { service, port })];
}

/** The port of the Service that leads to this port of the pods; null where none does. */
function servicePortFor({ ports }: ServiceObject, slices: readonly SliceObject[], port: number | { readonly name: string }): number | null {
  if (typeof port === 'object') return ports.find(({ name }) => name === port.name)?.port ?? null;
  const names = new Set(slices.flatMap((slice) => [...slice.ports].flatMap(([name, number]) => (number === port ? [name] : []))));
  const leads = ports.find(
    ({ name, targetPort, port: own }) => names.has(name) || targetPort === port || (targetPort === null && own === port),
  );
  return leads?.port ?? null;
}

function complete(config: Config, listen: Listen, evidence: Evidence, decided: Decided): Observation {
  const { podNetworks } = config.cluster;
  const { endpoints = [], serviceAddresses = [] } = decided;
  const first: Address | undefined = endpoints[0]?.address ?? serviceAddresses[0];
  const family = first?.family ?? (podNetworks.length > 0 && podNetworks.every((network) => network.family === 6) ? 6 : 4);
  return {
    listen,
    service: nameOf(config, listen),
    records: 'endpoints',
    kind: decided.state === 'failed' ? 'unknown' : 'pods',
    resolution: decided.state === 'failed' ? null : { kind: 'address' },
    endpoints,
    family,
    serviceAddresses,
    backup: null,
    otherFamily: 0,
    fallback: listen.fallbackServiceName === null ? null : nameOf(config, { ...listen, serviceName: listen.fallbackServiceName }),
    leftOut: [],
    unready: [],
    warnings: [],
    evidence,
    ...decided,
  };
}

function evidenceOf({ service, slices, changedAt }: ServiceView, server: string): Evidence {
  return {
    kind: 'kubernetes',
    server,
    service: service === null ? null : { type: service.type, clusterIPs: service.clusterIPs.map(({ text }) => text) },
    slices: slices.map(seen).sort((a, b) => (a.name < b.name ? -1 : 1)),
    changedAt,
  };
}

function seen({ name, family, resourceVersion, endpoints }: SliceObject): SliceSeen {
  const count = (state: 'ready' | 'draining') => endpoints.filter((endpoint) => endpoint.state === state).length;
  return { name, family, resourceVersion, endpoints: endpoints.length, ready: count('ready'), draining: count('draining') };
}

function nameOf({ cluster }: Config, { serviceName, namespace }: Listen): string {
  return `${serviceName}.${namespace}.svc.${cluster.domain}`;
}
