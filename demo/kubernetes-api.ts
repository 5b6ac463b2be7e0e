import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { selfSigned } from './self-signed.ts';

/** An object of the API; what else it has is passed on as it is. */
export interface ApiObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
}

/** The resources that the double has. */
export type Resource = 'services' | 'endpointslices';

/** Takes a request over; returns false where it is to be answered as usual. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A double of an API server: list and watch of Services and EndpointSlices, over HTTPS on loopback. */
export interface KubernetesApi {
  readonly url: string;
  readonly port: number;
  readonly certificate: string;
  readonly token: string;
  /** The text of a kubeconfig for it. */
  readonly kubeconfig: string;
  /** Creates or replaces an object. */
  readonly set: (resource: Resource, object: ApiObject) => void;
  readonly remove: (resource: Resource, namespace: string, name: string) => void;
  /** Forgets the history: who watches from an earlier version gets 410. */
  readonly compact: () => void;
  /** Has requests answered otherwise; null: as usual. */
  readonly intercept: (intercept: Intercept | null) => void;
  /** Ends all connections without a word. */
  readonly cut: () => void;
  /** The requests so far, as `METHOD path`. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

interface LogEntry {
  readonly version: number;
  readonly resource: Resource;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
}

interface Watcher {
  readonly resource: Resource;
  readonly wants: (object: ApiObject) => boolean;
  readonly response: ServerResponse;
}

/** Starts the double. `days` is how long its certificate is valid. */
export async function startKubernetesApi({ days = 1, token = 'demo' } = {}): Promise<KubernetesApi> {
  const { certificate, key } = selfSigned('kubernetes', days);
  const objects: Record<Resource, Map<string, { readonly version: number; readonly object: ApiObject }>> = {
    services: new Map(),
    endpointslices: new Map(),
  };
  let version = 100;
  let oldest = 0;
  let log: LogEntry[] = [];
  let takeOver: Intercept | null = null;
  const watchers = new Set<Watcher>();
  const sockets = new Set<Socket>();
  const requests: string[] = [];

  const versioned = (object: ApiObject, at: number) => ({ ...object, metadata: { ...object.metadata, resourceVersion: String(at) } });
  const eventLine = ({ type, object, version: at }: LogEntry) => `${JSON.stringify({ type, object: versioned(object, at) })}\n`;

  function happen(resource: Resource, type: LogEntry['type'], object: ApiObject): void {
    const entry: LogEntry = { version, resource, type, object };
    log.push(entry);
    for (const watcher of watchers) if (watcher.resource === resource && watcher.wants(object)) watcher.response.write(eventLine(entry));
  }

  function answer(request: IncomingMessage, response: ServerResponse): unknown {
    requests.push(`${request.method} ${request.url}`);
    if (takeOver?.(request, response)) return;
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401, 'Unauthorized');
    const url = new URL(request.url ?? '', 'https://127.0.0.1');
    const match = /^\/(?:api\/v1|apis\/discovery\.k8s\.io\/v1)(?:\/namespaces\/([^/]+))?\/(services|endpointslices)$/.exec(url.pathname);
    if (request.method !== 'GET' || match === null) return refuse(response, 404, 'the double has no such path');
    const [, namespace, resource] = match;
    const query = url.searchParams;
    const named = /^metadata\.name=(.+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
    const labelled = /^([\w./-]+) in \((.*)\)$/.exec(query.get('labelSelector') ?? '');
    const values = labelled?.[2]?.split(',') ?? [];
    const wants = ({ metadata }: ApiObject) =>
      (namespace === undefined || metadata.namespace === namespace) &&
      (named === undefined || metadata.name === named) &&
      (labelled === null || values.includes(metadata.labels?.[labelled[1] ?? ''] ?? ''));
    return (query.get('watch') === 'true' ? watch : list)(resource as Resource, wants, query, response);
  }

  function list(resource: Resource, wants: Watcher['wants'], query: URLSearchParams, response: ServerResponse): void {
    const all = [...objects[resource].values()].filter(({ object }) => wants(object));
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit') ?? 500)];
    const more = from + limit < all.length ? { continue: String(from + limit), remainingItemCount: all.length - from - limit } : {};
    const items = all.slice(from, from + limit).map((one) => versioned(one.object, one.version));
    json(response, 200, { kind: 'List', metadata: { resourceVersion: String(version), ...more }, items });
  }

  function watch(resource: Resource, wants: Watcher['wants'], query: URLSearchParams, response: ServerResponse): unknown {
    const from = Number(query.get('resourceVersion') ?? 0);
    if (from < oldest) return refuse(response, 410, 'too old resource version', 'Expired');
    if (from > version) return refuse(response, 504, 'Too large resource version', 'Timeout');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const entry of log)
      if (entry.version > from && entry.resource === resource && wants(entry.object)) response.write(eventLine(entry));
    const watcher = { resource, wants, response };
    watchers.add(watcher);
    const timer = setTimeout(
      () => {
        response.end(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } })}\n`);
      },
      Number(query.get('timeoutSeconds') ?? 1800) * 1000,
    );
    return response.once('close', () => {
      clearTimeout(timer);
      watchers.delete(watcher);
    });
  }

  const server = createServer({ cert: certificate, key }, answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url,
    port,
    certificate,
    token,
    kubeconfig: kubeconfigText(url, certificate, { token }),
    set(resource, object) {
      version++;
      const id = `${object.metadata.namespace}/${object.metadata.name}`;
      const type = objects[resource].has(id) ? 'MODIFIED' : 'ADDED';
      objects[resource].set(id, { version, object });
      happen(resource, type, object);
    },
    remove(resource, namespace, name) {
      const known = objects[resource].get(`${namespace}/${name}`);
      if (known === undefined) return;
      version++;
      objects[resource].delete(`${namespace}/${name}`);
      happen(resource, 'DELETED', known.object);
    },
    compact() {
      oldest = version;
      log = [];
    },
    intercept: (intercept) => {
      takeOver = intercept;
    },
    cut,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}

/** The text of a kubeconfig for one server and one user. */
export function kubeconfigText(server: string, authority: string, user: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'demo', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: 'demo', user }],
    contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'demo' } }],
    'current-context': 'demo',
  });
}

/** Answers with a Status object (meta/v1), as an API server does where it refuses. */
export function refuse(response: ServerResponse, code: number, message: string, reason = ''): void {
  json(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
