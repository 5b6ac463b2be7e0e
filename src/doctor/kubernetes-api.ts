import { X509Certificate } from 'node:crypto';
import { type Permission, permissionsOf } from '../access/permissions.ts';
import { Problem } from '../problem/problem.ts';
import type { ApiAnswer } from '../source/kubernetes/api/answer.ts';
import { type ApiClient, openApiClient } from '../source/kubernetes/api/client.ts';
import { readCredentials } from '../source/kubernetes/api/credentials.ts';
import { refusalProblem } from '../source/kubernetes/api/failures.ts';
import { mappingOf } from '../source/kubernetes/objects.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, failedBy, pass, skip, warn } from './check.ts';
import { kubernetesApi, kubernetesPermissions } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { judgeCertificate } from './judge/certificate.ts';
import { type CredentialLifetime, endOfToken, judgeCredentials } from './judge/credentials.ts';

const names = {
  certificate: 'Kubernetes API certificate',
  credentials: 'Kubernetes API credentials',
  watch: 'Kubernetes API watch',
  clock: 'Kubernetes API clock',
} as const;

const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
/** The number of access reviews at a time: a configuration may name hundreds of namespaces. */
const atOnce = 10;
/** Milliseconds by which the clocks may differ, which decide whether tokens and certificates are valid. */
const clockTolerance = 10_000;
/** Milliseconds within which a watch of one second must end. */
const watchTimeout = 10_000;

/** Permissions that no configuration of podfront needs. */
const excess: readonly Permission[] = [
  { namespace: null, group: '', resource: 'secrets', verbs: ['get'], name: null },
  { namespace: null, group: '', resource: 'pods', verbs: ['create'], name: null },
  { namespace: null, group: '', resource: 'services', verbs: ['delete'], name: null },
];

/** Checks the Kubernetes API where it is a source: connection, certificate, credentials, permissions and watch. Changes nothing. */
export async function kubernetesApiChecks({ config, context }: DoctorFacts): Promise<readonly Check[]> {
  const { env, signal } = context.io;
  if (config.cluster.api === null) return [];
  try {
    const client = openApiClient(config.cluster.api, env);
    try {
      return await checksOf(client, permissionsOf(config), signal);
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [
      failedBy(kubernetesApi, error),
      ...notAsked([names.certificate, names.credentials, kubernetesPermissions, names.watch, names.clock]),
    ];
  }
}

async function checksOf(client: ApiClient, permissions: readonly Permission[], signal: AbortSignal): Promise<readonly Check[]> {
  const began = performance.now();
  const [credentials, first] = [credentialCheck(client), await client.request(reviewOf(excess[0] as Permission, 'get'), signal)];
  const ms = performance.now() - began;
  const ofServer = [certificateCheck(client, first), credentials];
  if (first.status !== 201) {
    const what = { verb: 'create', resource: 'selfsubjectaccessreviews', where: 'in all namespaces' };
    const failed = failedBy(kubernetesApi, refusalProblem(client.name, reviews, first, what));
    return [failed, ...ofServer, ...notAsked([kubernetesPermissions, names.watch]), clockCheck(first)];
  }
  const [warning] = client.warnings;
  const reached =
    warning === undefined
      ? pass(kubernetesApi, `${client.name} answers in ${ms.toFixed(0)} ms`)
      : warn(kubernetesApi, warning.message, warning.hint);
  const [permitted, watched] = await Promise.all([permissionCheck(client, permissions, signal), watchCheck(client, permissions, signal)]);
  return [reached, ...ofServer, permitted, watched, clockCheck(first)];
}

function notAsked(wanted: readonly string[]): readonly Check[] {
  return wanted.map((name) => skip(name, `this follows from ${kubernetesApi}, see there`));
}

function certificateCheck({ name, server }: ApiClient, { certificate }: ApiAnswer): Check {
  if (certificate === null) return skip(names.certificate, 'the server presented none');
  return judgeCertificate(names.certificate, { ...certificate, fits: true }, server.serverName ?? name, Date.now());
}

function credentialCheck({ server }: ApiClient): Check {
  const { token, certificate } = readCredentials(server);
  const lifetimes: readonly (CredentialLifetime | null)[] = [
    token === null ? null : { what: 'token', endsAt: endOfToken(token), replaced: server.user.token?.kind === 'file' },
    certificate === null
      ? null
      : { what: 'client certificate', endsAt: Date.parse(new X509Certificate(certificate).validTo), replaced: false },
  ];
  return judgeCredentials(
    names.credentials,
    lifetimes.filter((one) => one !== null),
    Date.now(),
  );
}

async function permissionCheck(client: ApiClient, needed: readonly Permission[], signal: AbortSignal): Promise<Check> {
  const ask = async (all: readonly Permission[]) => {
    const each = all.flatMap((permission) => permission.verbs.map((verb) => ({ permission, verb })));
    const answers: { readonly text: string; readonly allowed: boolean }[] = [];
    for (let i = 0; i < each.length; i += atOnce) {
      const batch = each.slice(i, i + atOnce).map(async ({ permission, verb }) => {
        const { body } = await client.request(reviewOf(permission, verb), signal);
        return { text: textOf(permission, verb), allowed: mappingOf(mappingOf(body).status).allowed === true };
      });
      answers.push(...(await Promise.all(batch)));
    }
    return answers;
  };
  const [wanted, more] = await Promise.all([ask(needed), ask(excess)]);
  const missing = wanted.filter(({ allowed }) => !allowed).map(({ text }) => text);
  if (missing.length > 0)
    return fail(
      kubernetesPermissions,
      `podfront may not ${shortList(missing)}`,
      'podfront manifest | kubectl apply -f -, as an administrator',
    );
  const tooMuch = more.filter(({ allowed }) => allowed).map(({ text }) => text);
  if (tooMuch.length > 0)
    return warn(
      kubernetesPermissions,
      `podfront has the ${wanted.length} that it needs, and may also ${shortList(tooMuch)}`,
      'use credentials of its own, with the least rights: podfront kubeconfig makes them',
    );
  return pass(kubernetesPermissions, `podfront has the ${wanted.length} that it needs`);
}

function reviewOf({ namespace, group, resource, name }: Permission, verb: string) {
  const [kind, subresource] = resource.split('/');
  const attributes = {
    verb,
    group,
    resource: kind,
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== null && { namespace }),
    ...(name !== null && { name }),
  };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: attributes } };
  return { method: 'POST', path: reviews, body } as const;
}

function textOf({ namespace, resource }: Permission, verb: string): string {
  return `${verb} ${resource} ${namespace === null ? 'in all namespaces' : `in ${namespace}`}`;
}

/** Checks that a watch of a second begins, and that the server ends it; otherwise a device between here and there ends or delays it. */
async function watchCheck(client: ApiClient, permissions: readonly Permission[], signal: AbortSignal): Promise<Check> {
  const watched = permissions.find(({ verbs, resource }) => verbs.includes('watch') && resource === 'services');
  if (watched === undefined) return skip(names.watch, 'nothing has to be watched');
  const path = `/api/v1${watched.namespace === null ? '' : `/namespaces/${watched.namespace}`}/services?watch=true&timeoutSeconds=1`;
  try {
    const began = performance.now();
    const refused = await client.stream(path, { onOpen: () => {}, onLine: () => {} }, watchTimeout, signal);
    if (refused === null) return pass(names.watch, `a watch of a second ended after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const what = { verb: 'watch', resource: 'services', where: textOf(watched, '').trim() };
    return failedBy(names.watch, refusalProblem(client.name, path, refused, what));
  } catch (error) {
    if (error instanceof Problem) return failedBy(names.watch, error);
    throw error;
  }
}

function clockCheck({ date }: ApiAnswer): Check {
  if (date === null) return skip(names.clock, 'the server does not say its time');
  const ahead = Date.now() - date;
  const seen = `${(Math.abs(ahead) / 1000).toFixed(0)} s ${ahead < 0 ? 'behind' : 'ahead of'} the server's clock`;
  return Math.abs(ahead) <= clockTolerance
    ? pass(names.clock, seen)
    : fail(names.clock, seen, 'run an NTP client on this machine and on the server');
}
