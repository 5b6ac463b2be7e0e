import type { Listen } from '../config/config.ts';
import { nearest } from '../config/nearest.ts';
import { readListen } from '../config/read-listen.ts';
import type { YamlValue } from '../config/yaml/source.ts';
import { parseNetwork } from '../ip/network.ts';
import { problem } from '../problem/problem.ts';
import type { Cause } from './cause.ts';
import { longestAnnotation, type Service } from './service.ts';

/** The settings for the ports of a Service: a listen without name, binds and destination, or null where invalid settings prevent serving it. */
export interface ServiceSettings {
  readonly listen: Listen | null;
  readonly causes: readonly Cause[];
  /** Whether tables of session affinity are shared with peers. */
  readonly sharedTables: boolean;
}

/** The key of a listen that each annotation sets. */
const keyOf: Readonly<Record<string, string>> = {
  mode: 'mode',
  balance: 'balance',
  'send-proxy': 'sendProxy',
  'backend-tls': 'sslBackend',
  check: 'check',
};
const annotations = [...Object.keys(keyOf), 'addresses', 'max-connections'];

/** The number of sources in one line of an access list: HAProxy accepts 64 words in a line. */
const sourcesPerLine = 50;
/** The number of clients in a table of session affinity, for each port. */
const affinityEntries = '100k';

/** Reads annotations and spec. A Service with an invalid annotation or source range is not served. */
export function settingsOf(service: Service, sharedTables: boolean): ServiceSettings {
  const given = [...service.annotations].filter(([name, value]) => Object.hasOwn(keyOf, name) && value.trim() !== '');
  const tooLong = [...service.annotations].filter(([, value]) => value.length > longestAnnotation).map(([name]) => tooLongCause(name));
  const keys = Object.fromEntries(given.map(([name, value]) => [keyOf[name] ?? name, yamlValue(value)]));
  const read = readListen('service', { podPort: 1, ...keys });
  const maxConnections = maxConnectionsOf(service.annotations.get('max-connections') ?? '');
  const causes: readonly Cause[] = [
    ...tooLong,
    ...(read.kind === 'listen'
      ? []
      : read.faults.map(({ at, problem }): Cause => ({ kind: 'annotation', annotation: annotationOf(at), problem }))),
    ...(maxConnections.kind === 'cause' ? [maxConnections.cause] : []),
    ...service.sourceRanges
      .filter((text) => parseNetwork(text.trim()) === null)
      .map((text): Cause => ({ kind: 'source-range', text: text.slice(0, 80) })),
  ];
  const unknown = [...service.annotations.keys()].filter((name) => !annotations.includes(name));
  const warnings = unknown.map(
    (annotation): Cause => ({ kind: 'unknown-annotation', annotation, meant: nearest(annotation, annotations) ?? '' }),
  );
  if (causes.length > 0 || read.kind !== 'listen' || maxConnections.kind !== 'lines')
    return { listen: null, causes: [...causes, ...warnings], sharedTables };
  const affinity = affinityLines(
    service,
    sharedTables,
    given.some(([name]) => name === 'balance'),
  );
  return {
    listen: {
      ...read.listen,
      ...(affinity.balance !== null && { balance: affinity.balance }),
      haproxyExtraConfig: [
        ...sourceLines(service.sourceRanges),
        ...maxConnections.lines,
        ...(read.listen.mode === 'http' ? ['option forwardfor'] : []),
        ...affinity.lines,
      ],
    },
    causes: warnings,
    sharedTables,
  };
}

/** The value of an annotation, read as YAML: `true`, a number, JSON, or a text. */
function yamlValue(text: string): YamlValue {
  const bare = text.trim();
  if (/^(true|false|\d{1,9})$/.test(bare) || bare.startsWith('{')) {
    try {
      return JSON.parse(bare) as YamlValue;
    } catch {
      return bare;
    }
  }
  return bare;
}

function annotationOf(key: string): string {
  return Object.entries(keyOf).find(([, one]) => one === key)?.[0] ?? key;
}

function tooLongCause(annotation: string): Cause {
  const hint = `write at most ${longestAnnotation} characters`;
  return { kind: 'annotation', annotation, problem: problem('config.value', { got: 'it', what: 'annotation: it is too long', hint }) };
}

type MaxConnections = { readonly kind: 'lines'; readonly lines: readonly string[] } | { readonly kind: 'cause'; readonly cause: Cause };

/** The limit of connections that HAProxy serves at a time on one port (configuration manual, `maxconn`); others wait in the kernel. */
function maxConnectionsOf(text: string): MaxConnections {
  const bare = text.trim();
  if (bare === '') return { kind: 'lines', lines: [] };
  if (/^[1-9]\d{0,6}$/.test(bare) && Number(bare) <= 1_000_000) return { kind: 'lines', lines: [`maxconn ${bare}`] };
  const hint = 'write a whole number from 1 to 1000000';
  const fault = problem('config.value', { got: JSON.stringify(bare.slice(0, 80)), what: 'number of connections', hint });
  return { kind: 'cause', cause: { kind: 'annotation', annotation: 'max-connections', problem: fault } };
}

/** The lines that reject connections from other sources when they are accepted, in both modes. */
function sourceLines(ranges: readonly string[]): readonly string[] {
  const cidrs = [...new Set(ranges.flatMap((text) => parseNetwork(text.trim())?.cidr ?? []))].sort();
  if (cidrs.length === 0) return [];
  const lines = Array.from({ length: Math.ceil(cidrs.length / sourcesPerLine) }, (_, i) =>
    cidrs.slice(i * sourcesPerLine, (i + 1) * sourcesPerLine),
  );
  return [...lines.map((some) => `acl allowed_source src ${some.join(' ')}`), 'tcp-request connection reject unless allowed_source'];
}

/**
 * The lines for `sessionAffinity: ClientIP`. HAProxy loses the table at a reload where there are no peers; then the
 * consistent hash of the client's address leads most clients to the same pod as before.
 */
function affinityLines({ affinitySeconds }: Service, sharedTables: boolean, hasBalance: boolean) {
  if (affinitySeconds === null) return { lines: [], balance: null };
  const table = `stick-table type ipv6 size ${affinityEntries} expire ${affinitySeconds}s${sharedTables ? ' peers frontends' : ''}`;
  const lines = [table, 'stick on src', ...(hasBalance ? [] : ['hash-type consistent'])];
  return { lines, balance: hasBalance ? null : 'source' };
}
