import { dirname, resolve } from 'node:path';
import type { ApiAccess } from '../../../config/config.ts';
import { readYamlSource, type YamlMap, type YamlValue } from '../../../config/yaml/source.ts';
import { problem } from '../../../problem/problem.ts';
import type { Env } from '../../../system/process.ts';
import { readFileBounded } from '../../../system/read-file.ts';

/** A text in the kubeconfig, or in a file that it names. */
export type TextOrFile = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly file: string };

/** The way to an API server, from a kubeconfig or a pod's environment. */
export interface ApiServer {
  /** The file that it is from, for messages. */
  readonly origin: string;
  readonly url: URL;
  readonly authority: TextOrFile | null;
  /** Whether the server's certificate is not verified. */
  readonly insecure: boolean;
  /** The name in the server's certificate, where that is not the host of the URL. */
  readonly serverName: string | null;
  /** An HTTP proxy that connects to the server. */
  readonly proxy: URL | null;
  readonly user: ApiUser;
}

/** The credentials of a user: a token, a client certificate, or both. */
export interface ApiUser {
  readonly token: TextOrFile | null;
  readonly certificate: TextOrFile | null;
  readonly key: TextOrFile | null;
}

/** The largest kubeconfig, in bytes. */
const maxBytes = 1024 * 1024;
/** The folder in which a pod has the credentials of its ServiceAccount. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Reads how the API server is reached.
 *
 * @param env the environment, for `inCluster`
 * @throws Problem `api.kubeconfig`, `api.not-in-cluster`
 */
export function readApiServer(access: ApiAccess, env: Env): ApiServer {
  return access.kind === 'inCluster' ? inCluster(env) : readKubeconfig(access.file, access.context);
}

function inCluster(env: Env): ApiServer {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host === '') throw problem('api.not-in-cluster', { why: 'KUBERNETES_SERVICE_HOST is not set' });
  const url = parsedUrl(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  if (url === null) throw problem('api.not-in-cluster', { why: 'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not an address' });
  const file = (name: string): TextOrFile => ({ kind: 'file', file: `${serviceAccountFolder}/${name}` });
  return {
    origin: serviceAccountFolder,
    url,
    authority: file('ca.crt'),
    insecure: false,
    serverName: null,
    proxy: null,
    user: { token: file('token'), certificate: null, key: null },
  };
}

/**
 * Reads one context of a kubeconfig.
 *
 * @param context null: the current one
 * @throws Problem `api.kubeconfig`
 */
export function readKubeconfig(file: string, context: string | null): ApiServer {
  const content = readFileBounded(file, maxBytes);
  const unusable = (why: string, hint: string) => problem('api.kubeconfig', { file, why, hint });
  if (content.kind === 'absent') throw unusable('there is no such file', 'podfront kubeconfig creates one');
  if (content.kind === 'unreadable') throw unusable(content.why, 'make it readable to the user that podfront runs as');
  return parseKubeconfig(content.bytes.toString('utf8'), file, context);
}

/**
 * Parses a kubeconfig. Files that it names are relative to its folder.
 * @throws Problem `api.kubeconfig`
 */
export function parseKubeconfig(text: string, file: string, context: string | null): ApiServer {
  const unusable = (why: string, hint: string) => problem('api.kubeconfig', { file, why, hint });
  const make = 'podfront kubeconfig creates one';
  const { value, faults } = readYamlSource(text, file);
  const [fault] = faults;
  if (fault !== undefined) throw unusable(fault.message, `correct it; ${make}`);
  if (!isMap(value)) throw unusable('it is not a mapping', make);
  const name = context ?? textOf(value['current-context']);
  if (name === null || name === '') throw unusable('it has no current-context', 'set cluster.api.context to the name of one');
  const chosen = entryOf(value.contexts, name, 'context');
  if (chosen === null) throw unusable(`it has no context ${JSON.stringify(name)}`, 'kubectl config get-contexts shows the names');
  const cluster = entryOf(value.clusters, textOf(chosen.cluster) ?? '', 'cluster');
  if (cluster === null) throw unusable(`the cluster of context ${JSON.stringify(name)} is not there`, make);
  const user = entryOf(value.users, textOf(chosen.user) ?? '', 'user');
  if (user === null) throw unusable(`the user of context ${JSON.stringify(name)} is not there`, make);

  const refuse = refusedUser(user);
  if (refuse !== null) throw unusable(refuse, 'make credentials that need no other program: podfront kubeconfig');
  const url = parsedUrl(textOf(cluster.server) ?? '');
  if (url === null || url.protocol !== 'https:' || url.username !== '')
    throw unusable('its server is not an https URL', 'write server: https://HOST:PORT; credentials are not sent without TLS');
  const proxyText = textOf(cluster['proxy-url']);
  const proxy = proxyText === null ? null : parsedUrl(proxyText);
  if (proxyText !== null && proxy?.protocol !== 'http:')
    throw unusable('its proxy-url is not an http URL', 'podfront connects through HTTP proxies only (http://HOST:PORT), with TLS inside');
  const folder = dirname(file);
  return {
    origin: file,
    url,
    authority: dataOrFile(cluster, 'certificate-authority', folder),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: textOf(cluster['tls-server-name']),
    proxy,
    user: {
      token: tokenOf(user, folder),
      certificate: dataOrFile(user, 'client-certificate', folder),
      key: dataOrFile(user, 'client-key', folder),
    },
  };
}

/** The reason why podfront cannot use the credentials of this user; null where it can. */
function refusedUser(user: YamlMap): string | null {
  for (const key of ['exec', 'auth-provider'] as const) {
    if ((user[key] ?? null) !== null) return `its user has ${key}: podfront runs no programs for credentials`;
  }
  if ((user.username ?? null) !== null)
    return 'its user has a user name and a password, which API servers no longer accept since Kubernetes 1.19';
  const as = Object.keys(user).find((key) => key === 'as' || key.startsWith('as-'));
  if (as !== undefined) return `its user has ${as}: podfront does not impersonate`;
  const known = ['token', 'tokenFile', 'client-certificate', 'client-certificate-data'].some((key) => textOf(user[key]) !== null);
  return known ? null : 'its user has neither a token nor a client certificate';
}

/** The token of a user. A `tokenFile` takes precedence over a `token`, as in client-go. */
function tokenOf(user: YamlMap, folder: string): TextOrFile | null {
  const file = textOf(user.tokenFile);
  if (file !== null) return { kind: 'file', file: resolve(folder, file) };
  const text = textOf(user.token);
  return text === null ? null : { kind: 'text', text };
}

/** The value of `KEY-data`, which takes precedence over the file `KEY`, as in client-go. */
function dataOrFile(map: YamlMap, key: string, folder: string): TextOrFile | null {
  const data = textOf(map[`${key}-data`]);
  if (data !== null) return { kind: 'text', text: Buffer.from(data, 'base64').toString('utf8') };
  const file = textOf(map[key]);
  return file === null ? null : { kind: 'file', file: resolve(folder, file) };
}

/** The value of the entry of that name in a list of `{name, KIND}`. */
function entryOf(list: YamlValue | undefined, name: string, kind: string): YamlMap | null {
  if (!Array.isArray(list)) return null;
  for (const entry of list as readonly YamlValue[]) {
    if (isMap(entry) && entry.name === name) return isMap(entry[kind]) ? entry[kind] : null;
  }
  return null;
}

function parsedUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function textOf(value: YamlValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
