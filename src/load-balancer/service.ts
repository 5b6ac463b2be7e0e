import { type Address, parseAddress, unmapped } from '../ip/address.ts';

/** One port of a Service. */
export interface LoadBalancerPort {
  /** The name of the port in the Service, and in its EndpointSlices; empty where the only port has none. */
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
}

/** An address of a Service, with the ports that it has there. */
export interface AllocatedAddress {
  readonly address: Address;
  readonly ports: readonly number[];
}

/** A Service as far as load balancing needs it: validated and bounded. */
export interface Service {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  readonly type: string;
  readonly loadBalancerClass: string | null;
  readonly ports: readonly LoadBalancerPort[];
  /** The number of ports beyond those that podfront serves for one Service. */
  readonly portsLeftOut: number;
  /** `ipFamilies`, the first one first. */
  readonly families: readonly (4 | 6)[];
  readonly familyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  readonly loadBalancerIP: string | null;
  readonly sourceRanges: readonly string[];
  /** The timeout of `sessionAffinity: ClientIP`, in seconds; null without affinity. */
  readonly affinitySeconds: number | null;
  /** Annotations below `podfront/`, without that prefix. */
  readonly annotations: ReadonlyMap<string, string>;
  /** The addresses in `status.loadBalancer.ingress`; an entry without ports has all of the Service's. */
  readonly published: readonly AllocatedAddress[];
  /** `status.loadBalancer.ingress` in a form that is equal where the entries are. */
  readonly ingress: string;
  /** The field manager that wrote `status.loadBalancer.ingress` (metadata.managedFields); null where that is not known. */
  readonly writer: string | null;
}

/** The prefix of podfront's annotations. */
export const annotationPrefix = 'podfront/';

/** The longest value of an annotation, in characters. A longer one is cut one character later, so that it can be recognised. */
export const longestAnnotation = 1_000;

/** The most items that are read from one Service. */
const limits = { ports: 100, addresses: 32, annotations: 32, sourceRanges: 1_000 };

const uidForm = /^[A-Za-z0-9-]{1,64}$/;
const nameForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const portNameForm = /^$|^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Reads a Service of the API (v1). Null where a required field is absent or invalid: only that object is ignored. */
export function readLoadBalancerService(object: unknown): Service | null {
  const [metadata, spec] = [field(object, 'metadata'), field(object, 'spec')];
  const [uid, namespace, name] = [text(metadata, 'uid'), text(metadata, 'namespace'), text(metadata, 'name')];
  const createdAt = Date.parse(text(metadata, 'creationTimestamp') ?? '');
  if (uid === null || !uidForm.test(uid) || namespace === null || !nameForm.test(namespace)) return null;
  if (name === null || !nameForm.test(name) || Number.isNaN(createdAt)) return null;
  const ports = list(spec, 'ports').slice(0, limits.ports).map(readPort);
  if (ports.some((port) => port === null)) return null;
  const ingress = list(field(field(object, 'status'), 'loadBalancer'), 'ingress').slice(0, limits.addresses);
  const affinity = field(field(field(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds');
  return {
    uid,
    namespace,
    name,
    resourceVersion: text(metadata, 'resourceVersion') ?? '',
    createdAt,
    type: text(spec, 'type') ?? 'ClusterIP',
    loadBalancerClass: text(spec, 'loadBalancerClass'),
    ports: ports.filter((port) => port !== null),
    portsLeftOut: Math.max(0, list(spec, 'ports').length - limits.ports),
    families: list(spec, 'ipFamilies').flatMap((family) => (family === 'IPv4' ? [4 as const] : family === 'IPv6' ? [6 as const] : [])),
    familyPolicy: familyPolicyOf(text(spec, 'ipFamilyPolicy')),
    loadBalancerIP: text(spec, 'loadBalancerIP') || null,
    sourceRanges: list(spec, 'loadBalancerSourceRanges').slice(0, limits.sourceRanges).map(String),
    affinitySeconds: text(spec, 'sessionAffinity') === 'ClientIP' ? seconds(affinity) : null,
    annotations: annotationsOf(field(metadata, 'annotations')),
    published: ingress.flatMap((entry) => publishedAddress(entry, ports)),
    ingress: ingressForm(ingress),
    writer: writerOf(list(metadata, 'managedFields')),
  };
}

/** `NAMESPACE/NAME`, as kubectl users write it. */
export function serviceId({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** `status.loadBalancer.ingress` as the text in `Service.ingress`. Older servers drop newer fields, so only those that all servers keep count. */
export function ingressForm(entries: readonly unknown[]): string {
  return JSON.stringify(
    entries.map((entry) => [
      text(entry, 'ip') ?? text(entry, 'hostname') ?? '',
      list(entry, 'ports').map((port) => `${field(port, 'protocol')} ${field(port, 'port')}`),
    ]),
  );
}

function readPort(value: unknown): LoadBalancerPort | null {
  const [port, name, protocol] = [field(value, 'port'), text(value, 'name') ?? '', text(value, 'protocol') ?? 'TCP'];
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535 || !portNameForm.test(name)) return null;
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') return null;
  return { name, protocol, port };
}

function familyPolicyOf(value: string | null): Service['familyPolicy'] {
  return value === 'PreferDualStack' || value === 'RequireDualStack' ? value : 'SingleStack';
}

/** The timeout in seconds; Kubernetes' default is three hours, and its maximum a day. */
function seconds(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 86_400 ? value : 10_800;
}

function annotationsOf(value: unknown): ReadonlyMap<string, string> {
  const own = Object.entries(isObject(value) ? value : {}).filter(([key]) => key.startsWith(annotationPrefix));
  return new Map(
    own
      .slice(0, limits.annotations)
      .map(([key, given]) => [key.slice(annotationPrefix.length), String(given).slice(0, longestAnnotation + 1)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function publishedAddress(entry: unknown, ports: readonly (LoadBalancerPort | null)[]): readonly AllocatedAddress[] {
  const address = parseAddress(text(entry, 'ip') ?? '');
  if (address === null) return [];
  const listed = list(entry, 'ports').flatMap((port) => {
    const number = field(port, 'port');
    return typeof number === 'number' ? [number] : [];
  });
  return [{ address: unmapped(address), ports: listed.length > 0 ? listed : ports.flatMap((port) => port?.port ?? []) }];
}

function writerOf(managedFields: readonly unknown[]): string | null {
  const entry = managedFields.find(
    (one) => field(field(field(field(one, 'fieldsV1'), 'f:status'), 'f:loadBalancer'), 'f:ingress') !== undefined,
  );
  return text(entry, 'manager');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function field(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function text(value: unknown, key: string): string | null {
  const found = field(value, key);
  return typeof found === 'string' ? found : null;
}

function list(value: unknown, key: string): readonly unknown[] {
  const found = field(value, key);
  return Array.isArray(found) ? found : [];
}
