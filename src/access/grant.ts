import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { problem } from '../problem/problem.ts';
import type { ApiAnswer } from '../source/kubernetes/api/answer.ts';
import type { ApiClient, ApiRequest } from '../source/kubernetes/api/client.ts';
import { statusMessage } from '../source/kubernetes/api/failures.ts';
import type { Clock } from '../system/clock.ts';
import { certificateRequest } from './certificate-request.ts';
import { type KubernetesObject, objectPath, type ServiceAccount } from './objects.ts';

/** A token, and the time at which it expires, in milliseconds since 1970. */
export interface Token {
  readonly token: string;
  readonly endsAt: number;
}

/** The actions of an administrator of a cluster. Every function throws Problem `access.*` and `api.*`, and the signal's reason. */
export interface Grants {
  /** Creates or updates the object. */
  readonly apply: (object: KubernetesObject) => Promise<void>;
  /** The labels of the object at the path; null where there is none. */
  readonly labelsAt: (path: string) => Promise<Readonly<Record<string, unknown>> | null>;
  readonly token: (account: ServiceAccount, seconds: number) => Promise<Token>;
  /** A client certificate and its key, PEM. */
  readonly certificate: (user: string, seconds: number) => Promise<{ readonly certificate: string; readonly key: string }>;
}

/** The owner of the fields that podfront applies (Kubernetes, "Server-Side Apply"). */
const manager = 'podfront';
const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
/** The longest wait for kube-controller-manager to sign, and the pause between two looks. In milliseconds. */
const signing = { timeout: 30_000, pause: 250 };

/** Opens the actions of an administrator, as the user of the client. */
export function openGrants(client: ApiClient, clock: Clock, signal: AbortSignal): Grants {
  /** Sends a request; throws for another status than 2xx. `what` is the end of "refuses to ...". */
  async function ok(what: string, request: ApiRequest): Promise<unknown> {
    const answer = await client.request(request, signal);
    if (answer.status < 200 || answer.status > 299) throw refused(what, answer);
    return answer.body;
  }

  function refused(what: string, { body }: ApiAnswer) {
    return problem('access.refused', { server: client.name, what, why: statusMessage(body) });
  }

  async function apply(object: KubernetesObject): Promise<void> {
    const path = objectPath(object);
    const { kind, metadata } = object;
    const what = `make ${kind} ${metadata.name}${metadata.namespace === undefined ? '' : ` in namespace ${metadata.namespace}`}`;
    await replaceOtherRole(object, path);
    const query = `fieldManager=${manager}&force=true`;
    await ok(what, { method: 'PATCH', path: `${path}?${query}`, body: object, contentType: 'application/apply-patch+yaml' });
  }

  /** Removes a binding to another role, because the role of a binding cannot be changed. */
  async function replaceOtherRole(object: KubernetesObject, path: string): Promise<void> {
    if (object.roleRef === undefined) return;
    const before = await client.request({ method: 'GET', path }, signal);
    const given = fieldOf(before.body, 'roleRef');
    if (before.status !== 200 || isDeepStrictEqual(given, object.roleRef)) return;
    await ok(`remove ${object.kind} ${object.metadata.name}, which leads to another role`, { method: 'DELETE', path });
  }

  return {
    apply,
    async labelsAt(path) {
      const answer = await client.request({ method: 'GET', path }, signal);
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw refused(`read ${path}`, answer);
      const labels = fieldOf(fieldOf(answer.body, 'metadata'), 'labels');
      return typeof labels === 'object' && labels !== null ? (labels as Readonly<Record<string, unknown>>) : {};
    },
    async token({ name, namespace }, seconds) {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: seconds } };
      const status = fieldOf(await ok(`make a token for ServiceAccount ${name}`, { method: 'POST', path, body }), 'status');
      const [token, ends] = [fieldOf(status, 'token'), fieldOf(status, 'expirationTimestamp')];
      if (typeof token !== 'string' || typeof ends !== 'string')
        throw problem('access.refused', {
          server: client.name,
          what: `make a token for ServiceAccount ${name}`,
          why: 'its answer has none',
        });
      return { token, endsAt: Date.parse(ends) };
    },
    async certificate(user, seconds) {
      const { key, request } = certificateRequest(user);
      const name = `podfront-${user}-${randomBytes(4).toString('hex')}`;
      const what = `take a CertificateSigningRequest for ${user}`;
      const spec = {
        request: Buffer.from(request).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        expirationSeconds: seconds,
        usages: ['client auth'],
      };
      const object = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
      await ok(what, { method: 'POST', path: requests, body: object });
      try {
        const approved = { type: 'Approved', status: 'True', reason: 'Podfront', message: 'an administrator ran podfront kubeconfig' };
        const body = { status: { conditions: [approved] } };
        await ok(`approve the certificate of ${user}`, { method: 'PATCH', path: `${requests}/${name}/approval`, body });
        return { certificate: await signed(user, name), key };
      } finally {
        // The certificate goes into the kubeconfig; the request is no longer needed.
        await client.request({ method: 'DELETE', path: `${requests}/${name}` }, signal).catch(() => {});
      }
    },
  };

  /** Waits for the certificate. */
  async function signed(user: string, name: string): Promise<string> {
    for (const until = clock.now() + signing.timeout; ; await clock.sleep(signing.pause, signal)) {
      const status = fieldOf(await ok('show the certificate', { method: 'GET', path: `${requests}/${name}` }), 'status');
      const certificate = fieldOf(status, 'certificate');
      if (typeof certificate === 'string' && certificate !== '') return Buffer.from(certificate, 'base64').toString('utf8');
      const conditions = fieldOf(status, 'conditions');
      const failed = (Array.isArray(conditions) ? (conditions as readonly unknown[]) : []).find((one) => fieldOf(one, 'type') === 'Failed');
      if (failed !== undefined) throw problem('access.not-signed', { user, why: statusMessage(failed) });
      if (clock.now() > until) throw problem('access.not-signed', { user, why: `it was not there after ${signing.timeout / 1000} s` });
    }
  }
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
