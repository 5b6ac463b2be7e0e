import type { IncomingHttpHeaders } from 'node:http';
import { documentText } from './documents.ts';
import { contentTypes, type Exposition, formatFor } from './exposition.ts';
import type { Page } from './page/cached-page.ts';
import type { ListenDetails, Status } from './status.ts';

/** The data behind the status address. */
export interface StatusWorld {
  /** The current status; null while the daemon is stuck. */
  readonly status: () => Status | null;
  /** One listen with its servers; null where there is none of that name. */
  readonly details: (listen: string) => Promise<ListenDetails | null>;
  readonly exposition: Exposition;
  readonly page: Page;
  /** The folder of the package, for its documentation. */
  readonly root: string;
}

/** The response to a request. */
export interface StatusResponse {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as far as the response depends on it. */
export interface StatusRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const plainType = 'text/plain; charset=utf-8';
const htmlType = 'text/html; charset=utf-8';
const paths = 'the paths are /, /listen/NAME, /healthz, /readyz, /metrics, /status, /status/NAME and /docs/\n';

/** Responds to a request to the status address. */
export async function respondTo({ method, url, headers }: StatusRequest, world: StatusWorld): Promise<StatusResponse> {
  if (method !== 'GET' && method !== 'HEAD') return plainResponse(405, 'only GET\n');
  const [path = '', query = ''] = (url ?? '').split('?', 2);
  const { page, exposition, root } = world;
  const status = world.status();
  switch (path) {
    case '/':
      return {
        status: status === null ? 503 : 200,
        type: htmlType,
        text: page.overview(status, new URLSearchParams(query)),
        headers: page.headers,
      };
    case '/healthz':
      return status === null ? stuck : plainResponse(200, 'ok\n');
    case '/readyz':
      return status?.ready ? plainResponse(200, 'ready\n') : plainResponse(503, 'not ready\n');
  }
  const [, folder = '', name = ''] = /^\/([a-z]+)(?:\/([^/]*))?$/.exec(path) ?? [];
  if (folder === 'docs') {
    const text = documentText(root, name);
    return text === null ? plainResponse(404, paths) : plainResponse(200, text);
  }
  if (!['metrics', 'status', 'listen'].includes(folder)) return plainResponse(404, paths);
  if (status === null) return stuck;
  if (path === '/metrics') {
    const format = formatFor(headers.accept);
    return { status: 200, type: contentTypes[format], text: await exposition(status, format) };
  }
  if (path === '/status') return json(status);
  const details = name === '' || folder === 'metrics' ? null : await world.details(decoded(name));
  if (details === null) return plainResponse(404, paths);
  return folder === 'status' ? json(details) : { status: 200, type: htmlType, text: page.listen(status, details), headers: page.headers };
}

function plainResponse(status: number, text: string): StatusResponse {
  return { status, type: plainType, text };
}

function json(value: Status | ListenDetails): StatusResponse {
  return { status: 200, type: 'application/json', text: `${JSON.stringify(value, null, 2)}\n` };
}

const stuck: StatusResponse = plainResponse(503, 'stuck\n');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
