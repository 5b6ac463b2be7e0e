/** A request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** The path, such as `/api/v1/namespaces/default/services/web/status`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** The media type of the body; `application/json` unless given. */
  readonly contentType?: string;
}

/** An answer of the Kubernetes API, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  /** The parsed JSON of the body; null where it is none. */
  readonly body: unknown;
}

/** Sends a request. Rejects with a Problem where there is no answer, and with the signal's reason. */
export type RequestApi = (request: ApiRequest, signal: AbortSignal) => Promise<ApiAnswer>;
