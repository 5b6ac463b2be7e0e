import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Grants, openGrants } from '../access/grant.ts';
import { kubeconfigMark, kubeconfigText } from '../access/kubeconfig-text.ts';
import { accessObjects, ownAccount, type ServiceAccount, userObjects } from '../access/objects.ts';
import { permissionsOf } from '../access/permissions.ts';
import { loadConfig } from '../config/load.ts';
import type { Context } from '../context.ts';
import { Problem, problem } from '../problem/problem.ts';
import { type ApiClient, openApiClient } from '../source/kubernetes/api/client.ts';
import { readCredentials } from '../source/kubernetes/api/credentials.ts';
import { systemClock } from '../system/clock.ts';
import { writeNew } from '../system/new-file.ts';
import { writeResult } from '../system/output.ts';
import { readFileBounded } from '../system/read-file.ts';

/** The options of `podfront kubeconfig`. */
export interface KubeconfigOptions {
  readonly adminKubeconfig?: string;
  readonly server?: string;
  readonly user?: string;
  readonly role?: string;
  readonly days?: string;
  readonly output?: string;
}

const defaultDays = 365;
/** RFC 1123, a label: the name of a ServiceAccount, and of a user. */
const userName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A name that the RBAC API accepts. */
const roleName = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,252}$/;
const daySeconds = 86_400;
/** Milliseconds by which credentials may end sooner than requested before there is a warning. */
const tolerance = 3_600_000;

/**
 * `podfront kubeconfig`: creates credentials in the cluster, as its administrator, and prints a kubeconfig with them: podfront's own, with
 * the permissions that its configuration needs, or a user's.
 * @throws Problem `access.*`, `api.*`, `usage.*`; `config.*` for podfront's own
 */
export async function kubeconfig(context: Context, options: KubeconfigOptions): Promise<number> {
  const { io, messages } = context;
  const seconds = secondsOf(options);
  const user = userOf(options);
  const permissions = user === null ? await ownPermissions(context) : [];
  const output = options.output === undefined || options.output === '-' ? null : options.output;
  if (output !== null) checkReplaceable(resolve(io.cwd, output), output);
  const client = openAdmin(context, options);
  for (const warning of client.warnings) messages.warning(warning);
  try {
    const grants = openGrants(client, systemClock, io.signal);
    if (user !== null) await checkUser(grants, user);
    for (const object of user === null ? accessObjects(permissions) : userObjects(user.account, user.role)) await grants.apply(object);
    const account = user?.account ?? ownAccount;
    const certificate = user === null ? null : await grants.certificate(account.name, seconds);
    const token = await grants.token(account, seconds);
    const ends = certificate === null ? token.endsAt : Date.parse(new X509Certificate(certificate.certificate).validTo);
    warnOfEnd(context, certificate === null ? 'token' : 'client certificate', ends, seconds);
    const text = kubeconfigText({ ...serverParts(client, options.server), user: account.name, token: token.token, client: certificate });
    if (output === null) writeResult(io.stdout, text);
    else {
      await writeNew(resolve(io.cwd, output), output, text, true, 0o600);
      messages.info(`wrote ${output}, valid until ${dateOf(ends)}; only its owner can read it`);
    }
    return 0;
  } finally {
    client.close();
  }
}

function secondsOf({ days }: KubeconfigOptions): number {
  const number = days === undefined ? defaultDays : /^\d{1,4}$/.test(days) ? Number(days) : 0;
  if (number < 1 || number > 3650) throw usage('--days is a whole number from 1 to 3650');
  return number * daySeconds;
}

/** The user that `--user` and `--role` describe; null for podfront itself. */
function userOf({ user, role }: KubeconfigOptions): { readonly account: ServiceAccount; readonly role: string } | null {
  if (user === undefined && role === undefined) return null;
  if (user === undefined || role === undefined) throw usage('--user and --role are given together: a user and the ClusterRole it gets');
  if (!userName.test(user))
    throw usage('--user has at most 63 lower-case letters, digits and hyphens, and begins and ends with none of these');
  if (user === 'default' || user === ownAccount.name) throw usage(`--user ${user} is the name of an account of others`);
  if (!roleName.test(role)) throw usage(`--role ${JSON.stringify(role)} is not the name of a ClusterRole`);
  return { account: { name: user, namespace: 'default' }, role };
}

function usage(what: string): Problem {
  return problem('usage.arguments', { what, command: 'podfront kubeconfig' });
}

async function ownPermissions({ io, config: flag }: Context): Promise<ReturnType<typeof permissionsOf>> {
  const { config } = await loadConfig(io, flag);
  const permissions = permissionsOf(config);
  if (permissions.length === 0) throw problem('access.not-needed', { file: config.file });
  return permissions;
}

/** Checks that OUTPUT is absent or an older kubeconfig of podfront's, which alone may be replaced. Throws Problem `access.not-ours`, `usage.unreadable`. */
function checkReplaceable(path: string, file: string): void {
  const content = readFileBounded(path, 1024 * 1024);
  if (content.kind === 'unreadable') throw problem('usage.unreadable', { file, why: content.why });
  if (content.kind === 'content' && !content.bytes.toString('utf8').startsWith(kubeconfigMark)) throw problem('access.not-ours', { file });
}

/** A client with the rights of the administrator. Throws Problem `access.no-admin`, `api.*`. */
function openAdmin({ io }: Context, { adminKubeconfig }: KubeconfigOptions): ApiClient {
  const { KUBECONFIG = '', HOME = '' } = io.env;
  const known =
    adminKubeconfig === undefined ? (KUBECONFIG === '' ? [join(HOME, '.kube/config')] : KUBECONFIG.split(':')) : [adminKubeconfig];
  const files = known.filter((file) => file !== '').map((file) => resolve(io.cwd, file));
  const file = files.find((one) => existsSync(one));
  if (file === undefined) throw problem('access.no-admin', { why: `there is no ${files.join(', nor ')}` });
  try {
    return openApiClient({ kind: 'kubeconfig', file, context: null }, io.env);
  } catch (error) {
    if (error instanceof Problem && error.code === 'api.kubeconfig') throw problem('access.no-admin', { why: error.message });
    throw error;
  }
}

/** Checks what the API server would not: that the role exists, and that the account is not someone else's. Throws Problem `access.no-role`, `access.taken`. */
async function checkUser({ labelsAt }: Grants, { account, role }: NonNullable<ReturnType<typeof userOf>>): Promise<void> {
  if ((await labelsAt(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${role}`)) === null) throw problem('access.no-role', { role });
  const { name, namespace } = account;
  const labels = await labelsAt(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`);
  if (labels !== null && labels['app.kubernetes.io/managed-by'] !== 'podfront') throw problem('access.taken', { name, namespace });
}

/** The API server for the kubeconfig: as the administrator reaches it, or at another URL. */
function serverParts({ server }: ApiClient, url: string | undefined) {
  const given = url === undefined ? server.url : URL.canParse(url) ? new URL(url) : null;
  if (given?.protocol !== 'https:' || given.username !== '') throw usage('--server is an https URL such as https://192.0.2.10:6443');
  const { authority } = readCredentials(server);
  return {
    server: given.href.replace(/\/$/, ''),
    authority,
    insecure: server.insecure,
    serverName: url === undefined ? server.serverName : null,
    proxy: url === undefined ? (server.proxy?.href ?? null) : null,
  };
}

function warnOfEnd({ messages }: Context, what: string, ends: number, seconds: number): void {
  if (ends < systemClock.now() + seconds * 1000 - tolerance) messages.warning(problem('access.shorter', { what, date: dateOf(ends) }));
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ').concat(' UTC');
}
