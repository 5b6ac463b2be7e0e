import { type Address, parseAddress } from '../../ip/address.ts';
import type { EndpointDetails } from '../observation.ts';

/** A Service as far as it is read. */
export interface ServiceObject {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Empty for a headless Service or an ExternalName. */
  readonly clusterIPs: readonly Address[];
  readonly ports: readonly ServicePort[];
  readonly hasSelector: boolean;
  readonly externalName: string | null;
}

/** A TCP port of a Service. */
export interface ServicePort {
  /** Empty for the only port, where it has no name. */
  readonly name: string;
  readonly port: number;
  /** The pods' port, or its name; null where it is the same as `port`. */
  readonly targetPort: number | string | null;
}

/** An EndpointSlice as far as it is read. */
export interface SliceObject {
  readonly namespace: string;
  readonly name: string;
  /** The Service that it belongs to. */
  readonly service: string;
  readonly resourceVersion: string;
  readonly family: 4 | 6;
  /** TCP ports by name; the name is empty where it has none. */
  readonly ports: ReadonlyMap<string, number>;
  readonly endpoints: readonly SliceEndpoint[];
  /** Endpoints beyond what is kept of its Service, or of all. */
  readonly omitted: number;
}

/** An endpoint of a slice, with a state derived from its conditions. */
export interface SliceEndpoint {
  readonly address: Address;
  /** The details that apply while other endpoints are ready. */
  readonly details: EndpointDetails;
  /** `ready`: it takes connections. `draining`: it is terminating, and still serves. `unready`: neither, and it is not terminating. */
  readonly state: 'ready' | 'draining' | 'unready' | 'down';
}

/** An object that was read, one that was refused, or one of no interest. */
export type Read<T> =
  | { readonly kind: 'read'; readonly object: T }
  | { readonly kind: 'refused'; readonly namespace: string; readonly name: string; readonly service: string; readonly why: string }
  | { readonly kind: 'ignored'; readonly namespace: string; readonly name: string };

/** Bounds of the API: endpoints of a slice, ports of a slice or Service (discovery/v1 and core/v1 validation). */
const maxEndpoints = 1000;
const maxPorts = 200;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names of objects, nodes and pods: DNS subdomains (RFC 1123). */
const subdomain = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
/** Values of labels, such as a zone. */
const labelValue = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const portName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads a Service (core/v1). Nothing in it is trusted: one invalid field makes the whole Service refused. Null where it has no valid name. */
export function readService(value: unknown): Read<ServiceObject> | null {
  const metadata = namesOf(value);
  if (metadata === null) return null;
  const { namespace, name } = metadata;
  const refuse = (why: string): Read<ServiceObject> => ({ kind: 'refused', namespace, name, service: name, why });
  const spec = mappingOf(mappingOf(value).spec);
  const type = spec.type ?? 'ClusterIP';
  if (type !== 'ClusterIP' && type !== 'NodePort' && type !== 'LoadBalancer' && type !== 'ExternalName')
    return refuse('its type is not known');
  const given = listOf(spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]));
  const clusterIPs = given.filter((text) => text !== 'None' && text !== '').map(addressOf);
  if (clusterIPs.length > 2 || clusterIPs.includes(null)) return refuse('a ClusterIP is not an address');
  const ports = listOf(spec.ports)
    .slice(0, maxPorts + 1)
    .map(servicePort);
  if (ports.length > maxPorts) return refuse(`it has more than ${maxPorts} ports`);
  if (ports.includes('bad')) return refuse('a port is invalid');
  const { externalName } = spec;
  return {
    kind: 'read',
    object: {
      namespace,
      name,
      type,
      clusterIPs: clusterIPs.filter((address) => address !== null),
      ports: ports.filter((port) => typeof port === 'object'),
      hasSelector: Object.keys(mappingOf(spec.selector)).length > 0,
      externalName: type === 'ExternalName' && typeof externalName === 'string' ? externalName.slice(0, 253) : null,
    },
  };
}

/** Reads an EndpointSlice (discovery.k8s.io/v1) in the same way. A slice without a Service, or with host names (`FQDN`), is ignored. */
export function readSlice(value: unknown): Read<SliceObject> | null {
  const metadata = namesOf(value);
  if (metadata === null) return null;
  const { namespace, name, labels, resourceVersion } = metadata;
  const service = labels['kubernetes.io/service-name'];
  if (typeof service !== 'string' || !label.test(service)) return { kind: 'ignored', namespace, name };
  const refuse = (why: string): Read<SliceObject> => ({ kind: 'refused', namespace, name, service, why });
  const { addressType, endpoints, ports } = mappingOf(value);
  if (addressType === 'FQDN') return { kind: 'ignored', namespace, name };
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return refuse('its addressType is not known');
  const family = addressType === 'IPv4' ? 4 : 6;
  const given = listOf(endpoints);
  if (given.length > maxEndpoints) return refuse(`it has more than ${maxEndpoints} endpoints`);
  const read: SliceEndpoint[] = [];
  for (const one of given) {
    const endpoint = sliceEndpoint(one, family);
    if (typeof endpoint === 'string') return refuse(endpoint);
    read.push(endpoint);
  }
  if (listOf(ports).length > maxPorts) return refuse(`it has more than ${maxPorts} ports`);
  const named = new Map<string, number>();
  for (const one of listOf(ports)) {
    const { name: portOf = '', port, protocol = 'TCP' } = mappingOf(one);
    // A slice without a port number stands for all ports.
    if (protocol !== 'TCP' || port === undefined || port === null) continue;
    if (!isPort(port) || (portOf !== null && portOf !== '' && !(typeof portOf === 'string' && portName.test(portOf))))
      return refuse('a port is invalid');
    named.set(typeof portOf === 'string' ? portOf : '', port);
  }
  return { kind: 'read', object: { namespace, name, service, resourceVersion, family, ports: named, endpoints: read, omitted: 0 } };
}

/** The endpoint, or the reason why it is invalid. */
function sliceEndpoint(value: unknown, family: 4 | 6): SliceEndpoint | string {
  const { addresses, conditions, targetRef, nodeName, zone } = mappingOf(value);
  // The addresses of an endpoint are interchangeable, and clients use the first (discovery/v1).
  const address = addressOf(listOf(addresses)[0]);
  if (address === null || address.family !== family) return `an endpoint has no IPv${family} address`;
  const { ready, serving, terminating } = mappingOf(conditions);
  const isReady = ready !== false;
  const isDraining = terminating === true && serving === true;
  const { kind, name } = mappingOf(targetRef);
  const state = isReady ? 'ready' : isDraining ? 'draining' : terminating === true ? 'down' : 'unready';
  // One literal, without a spread: V8 gives each object with a spread and more behind it a hidden class of its own, 8 MB for 20,000 endpoints.
  const details = {
    pod: kind === 'Pod' ? nameOr(name, subdomain) : null,
    node: nameOr(nodeName, subdomain),
    zone: nameOr(zone, labelValue),
    ready: isReady,
    draining: state === 'draining',
  };
  return { address, details, state };
}

function servicePort(value: unknown): ServicePort | 'other' | 'bad' {
  const { name = '', port, protocol = 'TCP', targetPort } = mappingOf(value);
  if (protocol !== 'TCP') return 'other';
  if (!isPort(port) || typeof name !== 'string' || (name !== '' && !portName.test(name))) return 'bad';
  if (targetPort === undefined || targetPort === null || targetPort === 0) return { name, port, targetPort: null };
  if (isPort(targetPort) || (typeof targetPort === 'string' && portName.test(targetPort))) return { name, port, targetPort };
  return 'bad';
}

interface Names {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** The metadata of an object; null where it has no valid name, so that it cannot even be named. */
export function namesOf(value: unknown): Names | null {
  const { namespace, name, resourceVersion, labels } = mappingOf(mappingOf(value).metadata);
  if (typeof namespace !== 'string' || !label.test(namespace) || typeof name !== 'string' || !subdomain.test(name)) return null;
  return { namespace, name, resourceVersion: resourceVersionOf(resourceVersion), labels: mappingOf(labels) };
}

/** A resourceVersion, which is opaque to clients but must be one word; empty where it is not. */
export function resourceVersionOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.:=+/-]{1,100}$/.test(value) ? value : '';
}

/** The value where it is a mapping, else an empty one. */
export function mappingOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

/** The value where it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function nameOr(value: unknown, pattern: RegExp): string | null {
  return typeof value === 'string' && pattern.test(value) ? value : null;
}

function addressOf(value: unknown): Address | null {
  return typeof value === 'string' && value.length <= 45 ? parseAddress(value) : null;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}
