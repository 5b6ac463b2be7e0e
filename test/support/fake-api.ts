import type { ApiResult, RequestApi } from '../../src/load-balancer/api.ts';
import type { ApiRequest } from '../../src/source/kubernetes/api/client.ts';

type Json = Record<string, unknown>;

/** A double of the Kubernetes API in memory: Leases, Services with their status, and Events, with versions and conflicts. It makes faults on demand. */
export interface FakeApi {
  readonly request: RequestApi;
  /** Objects by their path, such as `/api/v1/namespaces/default/services/web`. */
  readonly objects: Map<string, Json>;
  /** The requests so far, as `PATCH /api/v1/...`. */
  readonly requests: string[];
  /** What every request meets from now on: null: an answer; else what is thrown or answered in its place. */
  fault: ((request: ApiRequest) => ApiResult | Error | null) | null;
}

export function openFakeApi(): FakeApi {
  const objects = new Map<string, Json>();
  const requests: string[] = [];
  let version = 100;
  const stored = (path: string, object: Json) => {
    const fresh = { ...object, metadata: { ...(object.metadata as Json), resourceVersion: String(++version) } };
    objects.set(path, fresh);
    return fresh;
  };
  const api: FakeApi = {
    objects,
    requests,
    fault: null,
    async request(request, signal) {
      signal.throwIfAborted();
      const { method, body } = request;
      const [path = ''] = request.path.split('?');
      requests.push(`${method} ${request.path}`);
      const fault = api.fault?.(request) ?? null;
      if (fault instanceof Error) throw fault;
      if (fault !== null) return fault;
      await Promise.resolve();
      if (method === 'POST') {
        const at = `${path}/${((body as Json).metadata as Json).name}`;
        return objects.has(at) ? { status: 409, body: { message: 'already exists' } } : { status: 201, body: stored(at, body as Json) };
      }
      const target = path.replace(/\/status$/, '');
      const before = objects.get(target);
      if (before === undefined) return { status: 404, body: { message: 'not found' } };
      if (method === 'GET') return { status: 200, body: before };
      const wanted = ((body as Json).metadata as Json | undefined)?.resourceVersion;
      if (wanted !== undefined && wanted !== (before.metadata as Json).resourceVersion)
        return { status: 409, body: { message: 'conflict' } };
      if (method === 'PUT') return { status: 200, body: stored(target, body as Json) };
      return { status: 200, body: stored(target, merged(before, body as Json)) };
    },
  };
  return api;
}

/** JSON merge patch (RFC 7396). */
function merged(before: Json, patch: Json): Json {
  const out: Json = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (value === null) delete out[key];
    else out[key] = isObject ? merged((out[key] ?? {}) as Json, value as Json) : value;
  }
  return out;
}
