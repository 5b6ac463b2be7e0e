import { parse } from 'yaml';
import { type Address, formatAddress, parseAddress } from '../src/ip/address.ts';

/** A port of a service. `targetPort` is the port its pods listen on. */
export interface ServicePort {
  /** null for the one port that needs no name. */
  readonly name: string | null;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly targetPort: number;
}

/** A pod behind a service, as an EndpointSlice lists it. */
export interface PodEndpoint {
  readonly address: Address;
  /** The name it has within a headless service; null: its address with dashes. */
  readonly hostname: string | null;
  readonly ready: boolean;
}

/** A Kubernetes service as cluster DNS sees it. */
export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly reached:
    | { readonly kind: 'clusterIP'; readonly addresses: readonly Address[] }
    | { readonly kind: 'headless' }
    | { readonly kind: 'externalName'; readonly target: string };
  readonly ports: readonly ServicePort[];
  readonly endpoints: readonly PodEndpoint[];
  /** The first address of further pods when it is scaled. */
  readonly firstPod: Address | null;
}

/** All that cluster DNS knows: a namespace may exist without a service. */
export interface Scene {
  readonly namespaces: readonly string[];
  readonly services: readonly Service[];
}

/** Reads a scene of fixtures/cluster/ (its README tells the form). Throws an Error that names the service at fault. */
export function readScene(yaml: string): Scene {
  const { namespaces = [], services = [] } = (parse(yaml) ?? {}) as { namespaces?: readonly string[]; services?: readonly RawService[] };
  const read = services.map(readService);
  return { namespaces: [...new Set([...namespaces, ...read.map((service) => service.namespace)])], services: read };
}

/** The service with exactly `count` ready pods: the first ones stay, further ones get the addresses that follow. */
export function scaled(service: Service, count: number): Service {
  const kept = service.endpoints.filter((endpoint) => endpoint.ready).slice(0, count);
  const taken = new Set(service.endpoints.map((endpoint) => endpoint.address.text));
  for (let next = service.firstPod; kept.length < count; next = after(next, 1)) {
    if (next === null) throw new Error(`${service.namespace}/${service.name}: cannot grow without pods.first`);
    if (!taken.has(next.text)) kept.push({ address: next, hostname: null, ready: true });
  }
  return { ...service, endpoints: kept };
}

/** The scene with the pods of every service listening on one port, which was only known when they were started. */
export function withPodPort(scene: Scene, targetPort: number): Scene {
  return {
    ...scene,
    services: scene.services.map((service) => ({ ...service, ports: service.ports.map((port) => ({ ...port, targetPort })) })),
  };
}

/** `first`, and the `count - 1` addresses after it. */
export function addressesFrom(first: string, count: number): readonly Address[] {
  const start = readAddress(first, first);
  return Array.from({ length: count }, (_, i) => after(start, i) ?? start);
}

interface RawService {
  readonly namespace?: string;
  readonly name: string;
  readonly clusterIPs?: readonly string[];
  readonly headless?: boolean;
  readonly externalName?: string;
  readonly ports?: readonly {
    readonly name?: string;
    readonly protocol?: 'tcp' | 'udp';
    readonly port: number;
    readonly targetPort?: number;
  }[];
  readonly pods?: { readonly first: string; readonly count: number };
  readonly endpoints?: readonly { readonly address: string; readonly hostname?: string; readonly ready?: boolean }[];
}

function readService(raw: RawService): Service {
  const where = `${raw.namespace ?? 'default'}/${raw.name}`;
  const endpoints = (raw.endpoints ?? []).map(({ address, hostname, ready }) => ({
    address: readAddress(address, where),
    hostname: hostname ?? null,
    ready: ready ?? true,
  }));
  const pods = raw.pods === undefined ? [] : addressesFrom(raw.pods.first, raw.pods.count);
  return {
    namespace: raw.namespace ?? 'default',
    name: raw.name,
    reached: reached(raw, where),
    ports: (raw.ports ?? []).map((port) => ({
      name: port.name ?? null,
      protocol: port.protocol ?? 'tcp',
      port: port.port,
      targetPort: port.targetPort ?? port.port,
    })),
    endpoints: [...endpoints, ...pods.map((address) => ({ address, hostname: null, ready: true }))],
    firstPod: raw.pods === undefined ? null : readAddress(raw.pods.first, where),
  };
}

function reached(raw: RawService, where: string): Service['reached'] {
  const kinds = [raw.clusterIPs !== undefined, raw.headless === true, raw.externalName !== undefined].filter(Boolean);
  if (kinds.length !== 1) throw new Error(`${where}: exactly one of clusterIPs, headless and externalName`);
  if (raw.externalName !== undefined) return { kind: 'externalName', target: raw.externalName };
  if (raw.headless === true) return { kind: 'headless' };
  return { kind: 'clusterIP', addresses: (raw.clusterIPs ?? []).map((text) => readAddress(text, where)) };
}

/** HAProxy sends health checks wherever DNS points it: only this machine's own addresses may ever be answered. */
function readAddress(text: string, where: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${where}: ${text} is no address`);
  const loopback = address.family === 4 ? address.value >> 24n === 127n : address.value === 1n;
  if (!loopback) throw new Error(`${where}: ${text} is not a loopback address`);
  return address;
}

function after(address: Address | null, count: number): Address | null {
  if (address === null) return null;
  const value = address.value + BigInt(count);
  return { family: address.family, value, text: formatAddress(address.family, value) };
}
