import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiObject, KubernetesApi } from './kubernetes-api.ts';

type Json = Record<string, unknown>;

/** What was written to a double of the API. */
export interface ServiceWrites {
  /** The address in the status of a Service; null while it is pending. */
  readonly addressOf: (name: string) => string | null;
  /** Events as `REASON: MESSAGE`. */
  readonly events: readonly string[];
}

/** Has the double take what podfront writes for Services of type LoadBalancer: a Lease, the status of Services, and Events. */
export function takeServiceWrites(api: KubernetesApi, services: Map<string, ApiObject>): ServiceWrites {
  const leases = new Map<string, Json>();
  const events: string[] = [];
  let version = 1;

  function answer(method: string, path: string, body: Json): readonly [number, Json] | null {
    const lease = /\/leases(?:\/([^/]+))?$/.exec(path);
    if (lease !== null) {
      const name = lease[1] ?? String((body.metadata as Json).name);
      const known = leases.get(name);
      if (method === 'GET') return known === undefined ? [404, { message: 'there is no such Lease' }] : [200, known];
      const written = { ...body, metadata: { ...(body.metadata as Json), resourceVersion: String(++version) } };
      leases.set(name, written);
      return [method === 'POST' ? 201 : 200, written];
    }
    const named = /\/services\/([^/]+)\/status$/.exec(path)?.[1];
    const service = services.get(named ?? '');
    if (method === 'PATCH' && named !== undefined && service !== undefined) {
      const written = { ...service, status: body.status } as ApiObject;
      services.set(named, written);
      api.set('services', written);
      return [200, { ...written, metadata: { ...written.metadata, resourceVersion: String(++version) } }];
    }
    if (method === 'POST' && path.endsWith('/events')) {
      events.push(`${String(body.reason)}: ${String(body.message)}`);
      return [201, body];
    }
    return null;
  }

  api.intercept((request: IncomingMessage, response: ServerResponse) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (request.method === 'GET' && !path.includes('/leases/')) return false;
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const [status, body] = answer(request.method ?? '', path, text === '' ? {} : (JSON.parse(text) as Json)) ?? [
        404,
        { message: 'not here' },
      ];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    return true;
  });
  return {
    addressOf(name) {
      const { status } = (services.get(name) ?? {}) as {
        readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
      };
      return status?.loadBalancer?.ingress?.[0]?.ip ?? null;
    },
    events,
  };
}
