import { visible } from '../problem.ts';
import type { Imported, ImportedListen } from './imported.ts';
import type { ServerTls } from './server-options.ts';

/**
 * Writes podfront.yaml with a comment for each fault. Texts stand in double quotes as JSON writes them, which YAML 1.2 reads
 * alike, or line by line in a literal block.
 */
export function documentOf(imported: Imported, source: string): string {
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
    ...(nameservers === null
      ? ['# No name server is named: the default is the NixOS rule, .254 of the service network. See cluster.nameservers.']
      : []),
    ...(cluster.length === 0 ? [] : ['cluster:', ...cluster]),
    ...haproxy(imported),
    ...(poll === null || poll === '1s' ? [] : ['pace:', `  poll: ${poll}`]),
    'listen:',
    ...imported.listens.flatMap(listen),
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

function listen(it: ImportedListen): readonly string[] {
  const { binds, reach, fallbackServicePort, sendProxy, extraOptions, extraLines } = it;
  const bare = it.faults.filter((fault) => !binds.some(({ mended }) => mended !== null && fault.startsWith(mended)));
  return [
    `  ${plain(it.name)}:`,
    ...bare.map((fault) => comment(fault, 4)),
    ...(binds.length === 0 ? ['    binds: []'] : ['    binds:', ...binds.flatMap(bind)]),
    ...(it.service === it.name ? [] : [`    serviceName: ${plain(it.service)}`]),
    ...(it.namespace === 'default' ? [] : [`    namespace: ${plain(it.namespace)}`]),
    ...reachLines(reach),
    ...(fallbackServicePort === null ? [] : [`    fallbackServicePort: ${fallbackServicePort}`]),
    `    mode: ${it.mode}`,
    `    balance: ${plain(it.balance)}`,
    ...tls(it.tls),
    ...(sendProxy === 'none' ? [] : [`    sendProxy: ${sendProxy}`]),
    ...(it.check ? [] : ['    check: false']),
    ...(extraOptions === '' ? [] : [`    extraPodTemplateOptions: ${quoted(extraOptions)}`]),
    ...block('haproxyExtraConfig', extraLines, 4),
  ];
}

function bind({ text, mended }: ImportedListen['binds'][number]): readonly string[] {
  const written = mended === null ? [] : [comment(`It was ${mended}, which is no address: HAProxy refuses it. This is what was meant.`, 6)];
  return [...written, `      - ${quoted(text)}`];
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
