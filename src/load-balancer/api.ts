import type { ApiAnswer as WholeAnswer } from '../source/kubernetes/api/answer.ts';
import type { ApiRequest } from '../source/kubernetes/api/client.ts';

/** An answer of the Kubernetes API, whatever its status. */
export type ApiResult = Pick<WholeAnswer, 'status' | 'body'>;

/** Sends a request to the Kubernetes API. Rejects with a Problem where there is no answer, and with the signal's reason. */
export type RequestApi = (request: ApiRequest, signal: AbortSignal) => Promise<ApiResult>;
