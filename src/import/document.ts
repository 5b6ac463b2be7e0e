import { visible } from '../problem/problem.ts';
import type { Imported, ImportedListen } from './model.ts';
import type { ServerTls } from './server-options.ts';

/** A function that gives the htpasswd file of a userlist as podfront.yaml names it. */
export type UsersFile = (userlist: string) => string;

/**
 * Writes podfront.yaml with a comment for each fault. Strings are written as JSON strings, which YAML accepts, or line by line in
 * a literal block.
 */
export function yamlDocument(imported: Imported, source: string, usersFile: UsersFile = (userlist) => `${userlist}.htpasswd`): string {
  const { domain, nameservers, poll, nodes } = imported;
  const cluster = [
    ...(domain === null || domain === 'cluster.local' ? [] : [`  domain: ${quoted(domain)}`]),
    ...(nameservers === null ? [] : [`  nameservers: [${nameservers.map(quoted).join(', ')}]`]),
    ...(nodes.length === 0
      ? []
      : [
          '  # The servers that were given by address.',
          '  nodes:',
          ...nodes.map(({ name, address }) => `    ${plain(name)}: ${quoted(address)}`),
        ]),
  ];
  return `${[
    `# Imported from ${visible(source)} by podfront import.`,
    ...imported.faults.map((fault) => comment(fault, 0)),
    ...commentLines(imported.comments, 0),
    ...(nameservers === null
      ? ['# No name server was found: the default is the NixOS rule, .254 of the service network. See cluster.nameservers.']
      : []),
    ...(cluster.length === 0 ? [] : ['cluster:', ...cluster]),
    ...haproxy(imported),
    ...(poll === null || poll === '1s' ? [] : ['pace:', `  poll: ${poll}`]),
    'listen:',
    ...imported.listens.flatMap((one) => listen(one, usersFile)),
  ].join('\n')}\n`;
}

function haproxy({ socket, stats, global, defaults, peers, localPeer }: Imported): readonly string[] {
  return [
    'haproxy:',
    `  stats: ${stats === null ? 'none' : quoted(stats)}`,
    ...(socket === null ? [] : [`  socket: ${quoted(socket)}`]),
    ...(peers.length === 0 ? [] : ['  peers:', ...peers.map(({ name, address }) => `    ${plain(name)}: ${quoted(address)}`)]),
    ...(localPeer === null ? [] : [`  localPeer: ${quoted(localPeer)}`]),
    ...block('global', global, 2),
    ...block('defaults', defaults, 2),
  ];
}

function listen(imported: ImportedListen, usersFile: UsersFile): readonly string[] {
  const { binds, target, fallbackServicePort, sendProxy, extraOptions, extraLines } = imported;
  const otherFaults = imported.faults.filter((fault) => !binds.some(({ original }) => original !== null && fault.startsWith(original)));
  return [
    ...commentLines(imported.comments.listen, 2),
    `  ${plain(imported.name)}:`,
    ...otherFaults.map((fault) => comment(fault, 4)),
    ...(binds.length === 0 ? ['    binds: []'] : ['    binds:', ...binds.flatMap(bind)]),
    ...(imported.hosts.length === 0 ? [] : [`    hosts: [${imported.hosts.map(quoted).join(', ')}]`]),
    ...(imported.service === imported.name ? [] : [`    serviceName: ${plain(imported.service)}`]),
    ...(imported.namespace === 'default' ? [] : [`    namespace: ${plain(imported.namespace)}`]),
    ...commentLines(imported.comments.servers, 4),
    ...targetLines(target),
    ...(imported.nodes === null ? [] : [`    nodes: [${imported.nodes.map(quoted).join(', ')}]`]),
    ...(fallbackServicePort === null ? [] : [`    fallbackServicePort: ${fallbackServicePort}`]),
    ...(imported.fallbackServiceName === null ? [] : [`    fallbackServiceName: ${plain(imported.fallbackServiceName)}`]),
    `    mode: ${imported.mode}`,
    ...(imported.redirectToHttps ? ['    redirectToHttps: true'] : []),
    ...(imported.hsts === null ? [] : [`    hsts: ${imported.hsts}`]),
    ...auth(imported, usersFile),
    `    balance: ${plain(imported.balance)}`,
    ...tls(imported.tls),
    ...(sendProxy === 'none' ? [] : [`    sendProxy: ${sendProxy}`]),
    ...(imported.check ? checkTls(imported.checkTls) : ['    check: false']),
    ...(extraOptions === '' ? [] : [`    extraPodTemplateOptions: ${quoted(extraOptions)}`]),
    ...block('haproxyExtraConfig', extraLines, 4),
  ];
}

function bind({ text, original, tls, comments }: ImportedListen['binds'][number]): readonly string[] {
  const correction = original === null ? [] : [comment(`Was ${original}, not a valid address; corrected`, 6)];
  const alpn = tls === null || tls.alpn === null ? '' : `, alpn: [${tls.alpn.map(quoted).join(', ')}]`;
  const value = tls === null ? quoted(text) : `{address: ${quoted(text)}, crt: ${quoted(tls.crt)}${alpn}}`;
  return [...commentLines(comments, 6), ...correction, `      - ${value}`];
}

function targetLines(target: ImportedListen['target']): readonly string[] {
  switch (target.kind) {
    case 'nodes':
      return [`    lbServicePort: ${target.port}`];
    case 'service':
      return [`    servicePort: ${target.port}`];
    case 'pods':
      return [
        `    podPort: ${typeof target.port === 'number' ? target.port : plain(target.port)}`,
        ...(target.records === 'srv' ? [] : [`    records: ${target.records}`]),
        comment(`Fixed size: pods beyond ${target.maxExpectedPods} get no traffic. auto follows the pods.`, 4),
        `    maxExpectedPods: ${target.maxExpectedPods}`,
      ];
    default:
      return target satisfies never;
  }
}

function tls(backend: ServerTls): readonly string[] {
  switch (backend.kind) {
    case 'none':
      return [];
    case 'unverified':
      return backend.sni === null ? ['    sslBackend: true'] : [`    sslBackend: {verify: none, sni: ${quoted(backend.sni)}}`];
    case 'verified': {
      const sni = backend.sni === null ? '' : `, sni: ${quoted(backend.sni)}`;
      return [`    sslBackend: {verify: required, caFile: ${quoted(backend.caFile)}${sni}}`];
    }
    default:
      return backend satisfies never;
  }
}

function checkTls(checks: ServerTls): readonly string[] {
  switch (checks.kind) {
    case 'none':
      return [];
    case 'unverified':
      return [`    check: {tls: ${checks.sni === null ? 'true' : `{verify: none, sni: ${quoted(checks.sni)}}`}}`];
    case 'verified':
      return [
        `    check: {tls: {verify: required, caFile: ${quoted(checks.caFile)}${checks.sni === null ? '' : `, sni: ${quoted(checks.sni)}`}}}`,
      ];
    default:
      return checks satisfies never;
  }
}

function auth({ basicAuth }: ImportedListen, usersFile: UsersFile): readonly string[] {
  if (basicAuth === null) return [];
  const { userlist, group } = basicAuth;
  return [
    comment('The realm is now the listen name, and the password is not forwarded to the pods', 4),
    `    basicAuth: {file: ${quoted(usersFile(userlist))}${group === null ? '' : `, group: ${quoted(group)}`}}`,
  ];
}

/** Comments of the imported file, verbatim. */
function commentLines(texts: readonly string[], indent: number): readonly string[] {
  return texts.flatMap((text) => (text === '' ? [] : [`${' '.repeat(indent)}# ${text}`]));
}

function block(key: string, lines: readonly string[], indent: number): readonly string[] {
  const space = ' '.repeat(indent);
  return lines.length === 0 ? [] : [`${space}${key}: |`, ...lines.map((line) => `${space}  ${line}`)];
}

function comment(text: string, indent: number): string {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return `${' '.repeat(indent)}# ${visible(sentence)}${sentence.endsWith('.') ? '' : '.'}`;
}

const quoted = (text: string): string => JSON.stringify(text);

/** A string without quotes where YAML reads it as a string anyway, as a user would write it. */
function plain(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(text) && !/^(true|false|null)$/i.test(text) ? text : quoted(text);
}
