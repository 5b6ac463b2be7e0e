/** The parts of a kubeconfig. */
export interface KubeconfigParts {
  /** The URL of the API server. */
  readonly server: string;
  /** PEM of its certificate authority; null for one that the machine trusts. */
  readonly authority: string | null;
  readonly insecure: boolean;
  readonly serverName: string | null;
  readonly proxy: string | null;
  readonly user: string;
  readonly token: string;
  /** A client certificate and its key, PEM; null without. */
  readonly client: { readonly certificate: string; readonly key: string } | null;
}

/** The first line of the files, by which podfront recognises those that it may replace. */
export const kubeconfigMark = '# Written by podfront kubeconfig. It holds credentials: keep it to its user.';

/** The text of a kubeconfig with one cluster, user and context. YAML is a superset of JSON, whose strings need no rules of their own. */
export function kubeconfigText({ server, authority, insecure, serverName, proxy, user, token, client }: KubeconfigParts): string {
  const quoted = (text: string) => JSON.stringify(text);
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return `${[
    kubeconfigMark,
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '  - name: kubernetes',
    '    cluster:',
    `      server: ${quoted(server)}`,
    ...(authority === null ? [] : [`      certificate-authority-data: ${encoded(authority)}`]),
    ...(insecure ? ['      insecure-skip-tls-verify: true'] : []),
    ...(serverName === null ? [] : [`      tls-server-name: ${quoted(serverName)}`]),
    ...(proxy === null ? [] : [`      proxy-url: ${quoted(proxy)}`]),
    'users:',
    `  - name: ${quoted(user)}`,
    '    user:',
    ...(client === null
      ? []
      : [`      client-certificate-data: ${encoded(client.certificate)}`, `      client-key-data: ${encoded(client.key)}`]),
    `      token: ${quoted(token)}`,
    'contexts:',
    '  - name: kubernetes',
    '    context:',
    '      cluster: kubernetes',
    `      user: ${quoted(user)}`,
    'current-context: kubernetes',
  ].join('\n')}\n`;
}
