import { visible } from '../problem/problem.ts';
import type { Imported, ImportedListen } from './model.ts';
import type { ServerTls } from './server-options.ts';

/** The file that takes the users of a list, as podfront.yaml names it. */
export type UsersFile = (list: string) => string;

/**
 * Writes podfront.yaml with a comment for each fault. Texts stand in double quotes as JSON writes them, which YAML 1.2 reads
 * alike, or line by line in a literal block.
 */
export function documentOf(imported: Imported, source: string, usersFile: UsersFile = (list) => `${list}.htpasswd`): string {
  const { domain, nameservers, poll, nodes } = imported;
  const cluster = [
    ...(domain === null || domain === 'cluster.local' ? [] : [`  domain: ${quoted(domain)}`]),
    ...(nameservers === null ? [] : [`  nameservers: [${nameservers.map(quoted).join(', ')}]`]),
    ...(nodes.length === 0
      ? []
      : [
          '  # The servers that were written by address.',
          '  nodes:',
          ...nodes.map(({ name, address }) => `    ${plain(name)}: ${quoted(address)}`),
        ]),
  ];
  return `${[
    `# Imported from ${visible(source)} by podfront import.`,
    ...imported.faults.map((fault) => comment(fault, 0)),
    ...remarks(imported.comments, 0),
    ...(nameservers === null
      ? ['# No name server is named: the default is the NixOS rule, .254 of the service network. See cluster.nameservers.']
      : []),
    ...(cluster.length === 0 ? [] : ['cluster:', ...cluster]),
    ...haproxy(imported),
    ...(poll === null || poll === '1s' ? [] : ['pace:', `  poll: ${poll}`]),
    'listen:',
    ...imported.listens.flatMap((one) => listen(one, usersFile)),
  ].join('\n')}\n`;
}

function haproxy({ socket, stats, global, defaults }: Imported): readonly string[] {
  return [
    'haproxy:',
    `  stats: ${stats === null ? 'none' : quoted(stats)}`,
    ...(socket === null ? [] : [`  socket: ${quoted(socket)}`]),
    ...block('global', global, 2),
    ...block('defaults', defaults, 2),
  ];
}

function listen(it: ImportedListen, usersFile: UsersFile): readonly string[] {
  const { binds, reach, fallbackServicePort, sendProxy, extraOptions, extraLines } = it;
  const bare = it.faults.filter((fault) => !binds.some(({ mended }) => mended !== null && fault.startsWith(mended)));
  return [
    ...remarks(it.comments.listen, 2),
    `  ${plain(it.name)}:`,
    ...bare.map((fault) => comment(fault, 4)),
    ...(binds.length === 0 ? ['    binds: []'] : ['    binds:', ...binds.flatMap(bind)]),
    ...(it.service === it.name ? [] : [`    serviceName: ${plain(it.service)}`]),
    ...(it.namespace === 'default' ? [] : [`    namespace: ${plain(it.namespace)}`]),
    ...remarks(it.comments.servers, 4),
    ...reachLines(reach),
    ...(it.nodes === null ? [] : [`    nodes: [${it.nodes.map(quoted).join(', ')}]`]),
    ...(fallbackServicePort === null ? [] : [`    fallbackServicePort: ${fallbackServicePort}`]),
    `    mode: ${it.mode}`,
    ...(it.redirectToHttps ? ['    redirectToHttps: true'] : []),
    ...(it.hsts === null ? [] : [`    hsts: ${it.hsts}`]),
    ...auth(it, usersFile),
    `    balance: ${plain(it.balance)}`,
    ...tls(it.tls),
    ...(sendProxy === 'none' ? [] : [`    sendProxy: ${sendProxy}`]),
    ...(it.check ? checkTls(it.checkTls) : ['    check: false']),
    ...(extraOptions === '' ? [] : [`    extraPodTemplateOptions: ${quoted(extraOptions)}`]),
    ...block('haproxyExtraConfig', extraLines, 4),
  ];
}

function bind({ text, mended, tls: ended, comments }: ImportedListen['binds'][number]): readonly string[] {
  const written = mended === null ? [] : [comment(`It was ${mended}, which is no address: HAProxy refuses it. This is what was meant.`, 6)];
  const alpn = ended === null || ended.alpn === null ? '' : `, alpn: [${ended.alpn.map(quoted).join(', ')}]`;
  const value = ended === null ? quoted(text) : `{address: ${quoted(text)}, crt: ${quoted(ended.crt)}${alpn}}`;
  return [...remarks(comments, 6), ...written, `      - ${value}`];
}

function reachLines(reach: ImportedListen['reach']): readonly string[] {
  switch (reach.kind) {
    case 'nodes':
      return [`    lbServicePort: ${reach.port}`];
    case 'service':
      return [`    servicePort: ${reach.port}`];
    case 'pods':
      return [
        `    podPort: ${typeof reach.port === 'number' ? reach.port : plain(reach.port)}`,
        ...(reach.records === 'srv' ? [] : [`    records: ${reach.records}`]),
        comment(`Fixed: pods beyond ${reach.slots} get no traffic, and no log line says so. auto follows the pods.`, 4),
        `    maxExpectedPods: ${reach.slots}`,
      ];
    default:
      return reach satisfies never;
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
  const { list, group } = basicAuth;
  return [
    comment('The realm is the name of the listen now, and the password is not handed on to the pods', 4),
    `    basicAuth: {file: ${quoted(usersFile(list))}${group === null ? '' : `, group: ${quoted(group)}`}}`,
  ];
}

/** Comments of the old file, as they stood there. */
function remarks(texts: readonly string[], indent: number): readonly string[] {
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

/** Words that YAML reads as themselves stand bare, as a user would write them. */
function plain(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(text) && !/^(true|false|null)$/i.test(text) ? text : quoted(text);
}
