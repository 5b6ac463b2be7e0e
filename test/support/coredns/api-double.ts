import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One pod behind a service. */
export interface Pod {
  readonly address: string;
  readonly ready?: boolean;
  readonly hostname?: string;
}

export interface PortSpec {
  /** Null for an unnamed port. */
  readonly name: string | null;
  readonly port: number;
  /** The port of the pods. */
  readonly target: number;
}

/** A service with its pods, as a cluster would have it. */
export interface ServiceSpec {
  readonly name: string;
  readonly namespace: string;
  /** One per family; `['None']` for a headless service. */
  readonly clusterIPs: readonly string[];
  readonly ports: readonly PortSpec[];
  readonly pods: readonly Pod[];
  readonly externalName?: string;
  readonly publishNotReady?: boolean;
}

/** What the API server knows. */
export interface ClusterSpec {
  readonly namespaces: readonly string[];
  readonly services: readonly ServiceSpec[];
}

export interface ApiDouble {
  readonly url: string;
  /** Puts another state in place, which the watchers are told of. */
  readonly set: (spec: ClusterSpec) => void;
  /** Refuses this resource with 403 from now on, as RBAC does where a rule is missing. */
  readonly forbid: (resource: string) => void;
  readonly close: () => Promise<void>;
}

interface Resource {
  readonly kind: string;
  readonly apiVersion: string;
  readonly objects: (spec: ClusterSpec) => readonly KubeObject[];
}

interface KubeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Watcher {
  readonly path: string;
  readonly response: ServerResponse;
}

/** A service with more pods than this has several EndpointSlices, as in a real cluster (its default is 100). */
const sliceSize = 100;

/** What CoreDNS lists and watches, by path. */
const resources: Readonly<Record<string, Resource>> = {
  '/api/v1/namespaces': { kind: 'Namespace', apiVersion: 'v1', objects: namespaces },
  '/api/v1/services': { kind: 'Service', apiVersion: 'v1', objects: services },
  '/api/v1/endpoints': { kind: 'Endpoints', apiVersion: 'v1', objects: endpoints },
  '/apis/discovery.k8s.io/v1/endpointslices': { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', objects: slices },
};

/** Serves list and watch of what CoreDNS's kubernetes plugin needs, over plain HTTP on a free port of 127.0.0.1. */
export async function startApi(first: ClusterSpec): Promise<ApiDouble> {
  let spec = first;
  let version = 1;
  const watchers = new Set<Watcher>();
  const forbidden = new Set<string>();
  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const resource = resources[pathname];
    response.setHeader('Content-Type', 'application/json');
    if (pathname === '/version') response.end(JSON.stringify({ major: '1', minor: '21', gitVersion: 'v1.21.0' }));
    else if (resource === undefined) refuse(response, 404, 'NotFound');
    else if (forbidden.has(resource.kind)) refuse(response, 403, 'Forbidden');
    else if (searchParams.get('watch') === null) list(resource, response);
    else watch(pathname, resource, searchParams.get('sendInitialEvents') === 'true', response);
  }

  function list({ kind, apiVersion, objects }: Resource, response: ServerResponse): void {
    const items = objects(spec).map((object) => stamped(object, version));
    response.end(JSON.stringify({ kind: `${kind}List`, apiVersion, metadata: { resourceVersion: String(version) }, items }));
  }

  function watch(path: string, { kind, apiVersion, objects }: Resource, initial: boolean, response: ServerResponse): void {
    response.writeHead(200);
    if (initial) {
      for (const object of objects(spec)) send(response, 'ADDED', { kind, apiVersion, ...stamped(object, version) });
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      send(response, 'BOOKMARK', { kind, apiVersion, metadata: { resourceVersion: String(version), annotations } });
    } else response.flushHeaders();
    const watcher = { path, response };
    watchers.add(watcher);
    response.on('close', () => watchers.delete(watcher));
  }

  function set(next: ClusterSpec): void {
    const before = spec;
    spec = next;
    version++;
    for (const [path, { kind, apiVersion, objects }] of Object.entries(resources)) {
      const old = new Map(objects(before).map((object) => [keyOf(object), object]));
      const events: [string, KubeObject][] = [];
      for (const object of objects(next)) {
        const known = old.get(keyOf(object));
        old.delete(keyOf(object));
        if (known === undefined) events.push(['ADDED', object]);
        else if (JSON.stringify(known) !== JSON.stringify(object)) events.push(['MODIFIED', object]);
      }
      for (const gone of old.values()) events.push(['DELETED', gone]);
      for (const watcher of watchers) {
        if (watcher.path !== path) continue;
        for (const [type, object] of events) send(watcher.response, type, { kind, apiVersion, ...stamped(object, version) });
      }
    }
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set,
    forbid: (resource) => void forbidden.add(resource),
    async close() {
      for (const { response } of watchers) response.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function refuse(response: ServerResponse, code: number, reason: string): void {
  response.statusCode = code;
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason }));
}

function send(response: ServerResponse, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function stamped(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...{ resourceVersion: String(version), uid: keyOf(object) } } };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function namespaces({ namespaces: names }: ClusterSpec): readonly KubeObject[] {
  return names.map((name) => ({ metadata: { name } }));
}

function services({ services: all }: ClusterSpec): readonly KubeObject[] {
  return all.map(({ name, namespace, clusterIPs, ports, externalName, publishNotReady }) => ({
    metadata: { name, namespace },
    spec: {
      type: externalName === undefined ? 'ClusterIP' : 'ExternalName',
      ...(externalName === undefined ? { clusterIP: clusterIPs[0], clusterIPs } : { externalName }),
      ports: ports.map((port) => ({
        ...(port.name !== null && { name: port.name }),
        port: port.port,
        targetPort: port.target,
        protocol: 'TCP',
      })),
      publishNotReadyAddresses: publishNotReady ?? false,
    },
  }));
}

function familyOf(address: string): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

function isReady(pod: Pod, { publishNotReady }: ServiceSpec): boolean {
  return pod.ready !== false || publishNotReady === true;
}

function endpoints({ services: all }: ClusterSpec): readonly KubeObject[] {
  return all.map((service) => {
    const entry = ({ address, hostname }: Pod) => ({ ip: address, ...(hostname !== undefined && { hostname }) });
    const ready = service.pods.filter((pod) => isReady(pod, service)).map(entry);
    const waiting = service.pods.filter((pod) => !isReady(pod, service)).map(entry);
    const ports = service.ports.map(({ name, target }) => ({ ...(name !== null && { name }), port: target, protocol: 'TCP' }));
    const subset = { ...(ready.length > 0 && { addresses: ready }), ...(waiting.length > 0 && { notReadyAddresses: waiting }), ports };
    return { metadata: { name: service.name, namespace: service.namespace }, subsets: service.pods.length > 0 ? [subset] : [] };
  });
}

function slices({ services: all }: ClusterSpec): readonly KubeObject[] {
  return all.flatMap((service) =>
    (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
      const pods = service.pods.filter(({ address }) => familyOf(address) === addressType);
      const count = Math.max(addressType === 'IPv4' ? 1 : 0, Math.ceil(pods.length / sliceSize));
      return Array.from({ length: count }, (_, i) => slice(service, addressType, i, pods.slice(i * sliceSize, (i + 1) * sliceSize)));
    }),
  );
}

function slice(service: ServiceSpec, addressType: 'IPv4' | 'IPv6', nth: number, pods: readonly Pod[]): KubeObject {
  const { name, namespace, ports } = service;
  const metadata = { name: `${name}-${addressType.toLowerCase()}-${nth}`, namespace, labels: { 'kubernetes.io/service-name': name } };
  return {
    metadata,
    ...{
      addressType,
      endpoints: pods.map((pod) => {
        const ready = isReady(pod, service);
        const { address, hostname } = pod;
        return {
          addresses: [address],
          conditions: { ready, serving: ready, terminating: false },
          ...(hostname !== undefined && { hostname }),
        };
      }),
      ports: ports.map((port) => ({ name: port.name ?? '', port: port.target, protocol: 'TCP' })),
    },
  };
}
