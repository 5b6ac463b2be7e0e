import { type Problem, problem } from '../../../problem/problem.ts';

/** The longest text of a server that is shown; the rest is cut. In characters. */
const longestText = 300;

/** The problem of a server that does not answer. */
export function silent(server: string, ms: number): Problem {
  return problem('api.silent', { server, seconds: Math.round(ms / 1000) });
}

/** The problem of a connection that could not be made, or broke. */
export function connectionProblem(server: string, error: unknown): Problem {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  const why = reasons[code] ?? (message === '' ? code : short(message));
  if (isOfTls(code)) return problem('api.tls', { server, why });
  return problem('api.unreachable', { server, why });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'no answer to the connection',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  EPIPE: 'the connection was cut',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not from the certificate authority of the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not from the certificate authority of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not from the certificate authority of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not from the certificate authority of the kubeconfig',
};

/** Codes of OpenSSL and of Node's verification of a certificate. */
function isOfTls(code: string): boolean {
  return /CERT|SSL|ALTNAME|UNABLE_TO|SELF_SIGNED/.test(code);
}

/** The problem of an answer with another status than 2xx. `what` is the requested action: a verb, a resource, and where. */
export function refusalProblem(
  server: string,
  path: string,
  { status, body }: { readonly status: number; readonly body: unknown },
  what: { readonly verb: string; readonly resource: string; readonly where: string },
): Problem {
  const why = statusMessage(body);
  if (status === 401) return problem('api.unauthorized', { server });
  if (status === 403) return problem('api.forbidden', { server, ...what, why });
  return problem('api.refused', { server, status, path, why });
}

/** The message of a Status object (meta/v1), with which the API refuses a request. */
export function statusMessage(body: unknown): string {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : null;
  return typeof message === 'string' && message !== '' ? short(message) : 'it gives no reason';
}

function short(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}...`;
}
