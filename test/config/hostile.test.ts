import test from 'ava';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { knownKeys } from '../../src/config/schema/known-keys.ts';
import { parseLines, parseOptions, sectionKeywords } from '../../src/haproxy-syntax/extra-lines.ts';
import { isWord } from '../../src/haproxy-syntax/word.ts';
import { Problem } from '../../src/problem/problem.ts';

/** The configuration, or null when it was refused in the one way it may be; anything else fails the test. */
function read(text: string): Config | null {
  try {
    return parseConfig(text, 'podfront.yaml');
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'config.invalid' || error.parts.length === 0) throw error;
    for (const { at } of error.parts)
      if (!at?.line || !at.column || at.file !== 'podfront.yaml') throw new Error('a fault without its place');
    return null;
  }
}

/** Every text of a configuration that is written into HAProxy's file where one word belongs. */
function words({ cluster, haproxy, listens }: Config): readonly string[] {
  return [
    ...[cluster.domain, ...cluster.nodes.map(({ name }) => name)],
    ...[haproxy.socket, haproxy.stats?.text].filter((text) => typeof text === 'string'),
    ...listens.flatMap((listen) => [
      ...[
        listen.name,
        listen.serviceName,
        listen.namespace,
        listen.mode,
        ...listen.balance.split(' '),
        ...listen.binds.map(({ text }) => text),
      ],
      ...(listen.tls.kind === 'verified' ? [listen.tls.caFile] : []),
      ...(listen.tls.kind !== 'none' && listen.tls.sni !== null ? [listen.tls.sni] : []),
      ...(listen.destination.kind === 'pods' && typeof listen.destination.port !== 'number' ? [listen.destination.port.name] : []),
    ]),
  ];
}

const nasty = fc.oneof(
  fc.constantFrom(
    'ingress',
    '127.0.0.1:443',
    '*:80',
    'a b',
    'a\nb',
    'a"b',
    "a'b",
    'a#b',
    'a\\b',
    'a$b',
    'ü',
    '',
    '-',
    '.',
    ':::1',
    '[::]:1',
    '\u0000',
  ),
  fc.constantFrom(
    'leastconn',
    'hdr(a)',
    'hdr(a b)',
    'random(2) x',
    '10.0.0.0/24',
    '10.0.0.254',
    'none',
    '/run/x y',
    '/run/x',
    '1s',
    'auto',
    'v1',
  ),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .tuple(fc.constantFrom('ingress', '127.0.0.1:443', '/run/x', 'cluster.local'), fc.string({ unit: 'binary', maxLength: 2 }))
    .map((parts) => parts.join('')),
);
const scalar = fc.oneof(nasty, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const value = fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 2 }), fc.dictionary(nasty, scalar, { maxKeys: 2 }));

/** A sound configuration in which a few keys, known or not, have got any value. */
const places = [[], ['cluster'], ['haproxy'], ['pace'], ['listen'], ['listen', 'web'], ['listen', 'tls']] as const;
const edit = fc
  .constantFrom(...places)
  .chain((path) => fc.record({ path: fc.constant(path), key: fc.oneof({ weight: 9, arbitrary: keyAt(path) }, nasty), value }));
const structure = fc.array(edit, { minLength: 1, maxLength: 2 }).map((edits) => {
  const data = {
    cluster: { nodes: { node1: '192.0.2.11' } },
    haproxy: {},
    pace: {},
    listen: { web: { servicePort: 80, mode: 'http' }, tls: { podPort: 'https', binds: ['*:443'], sslBackend: { verify: 'none' } } },
  };
  for (const { path, key, value: given } of edits) {
    const target = path.reduce<unknown>((at, part) => (isObject(at) ? at[part] : at), data);
    if (isObject(target)) target[key] = given;
  }
  return data;
});

function keyAt(path: readonly string[]): fc.Arbitrary<string> {
  return path.length === 1 && path[0] === 'listen' ? fc.constantFrom('web', 'tls', 'other') : fc.constantFrom(...knownKeys(path));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

test('no text makes parsing fail with anything but config.invalid', (t) => {
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: fc.constantFrom(...'ab:-[]{},&*!|>\'"%@`#?\n \t~0') }), fc.json()), (text) => {
      read(text);
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('no structure makes reading fail in another way, and every word of what is accepted is one word of HAProxy', (t) => {
  let accepted = 0;
  fc.assert(
    fc.property(structure, fc.boolean(), (data, asYaml) => {
      const config = read(asYaml ? stringify(data) : JSON.stringify(data));
      if (config === null) return;
      accepted++;
      for (const word of words(config)) if (!isWord(word)) throw new Error(`${JSON.stringify(word)} is not one word`);
    }),
    { numRuns: 1500 },
  );
  t.true(accepted > 60, `${accepted} were accepted`);
});

test('one value that varies is refused, or ends as words and lines that are sound', (t) => {
  let accepted = 0;
  const key = fc.constantFrom('serviceName', 'namespace', 'balance', 'extraPodTemplateOptions', 'haproxyExtraConfig');
  fc.assert(
    fc.property(key, fc.oneof(nasty, fc.string({ unit: fc.constantFrom(...'abli sten\n\t"\'\\#$.x6c') })), (name, text) => {
      const config = read(JSON.stringify({ listen: { web: { podPort: 443, mode: 'http', [name]: text } } }));
      if (config === null) return;
      accepted++;
      for (const word of words(config)) if (!isWord(word)) throw new Error(`${JSON.stringify(word)} is not one word`);
      const [{ extraPodTemplateOptions = '', haproxyExtraConfig = [] } = {}] = config.listens;
      for (const line of [extraPodTemplateOptions, ...haproxyExtraConfig]) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may get through
        if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) throw new Error('a control character got through');
        if (sectionKeywords.has(line.split(/\s/)[0] ?? '')) throw new Error('a section got through');
      }
      // What was accepted once is accepted again, and stays what it is.
      if (parseOptions(extraPodTemplateOptions) !== extraPodTemplateOptions) throw new Error('options changed');
      if (parseLines(haproxyExtraConfig.join('\n')).join('\n') !== haproxyExtraConfig.join('\n')) throw new Error('lines changed');
    }),
    { numRuns: 1500 },
  );
  t.true(accepted > 150, `${accepted} were accepted`);
});

for (const [title, text] of [
  ['four million brackets', '['.repeat(4_000_000)],
  ['brackets in JSON', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['twenty thousand keys', `listen:\n${Array.from({ length: 20_000 }, (_, i) => ` a${i}: 1\n`).join('')}`],
  ['twenty thousand aliases', `listen: {a: &a {podPort: 1}, ${Array.from({ length: 20_000 }, (_, i) => `b${i}: *a`).join(', ')}}`],
  ['a long scalar', `listen: {a: {serviceName: ${'a'.repeat(3_000_000)}}}`],
  ['a long line of words', `listen: {a: {podPort: 1, haproxyExtraConfig: "${'a '.repeat(1_000_000)}"}}`],
] as const) {
  test(`a document made to exhaust memory or time is refused: ${title}`, (t) => {
    t.is(read(text), null);
  });
}

test('a hundred thousand faults are a refusal that shows the first of them', (t) => {
  const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`);
  for (const text of [
    `${keys.join('\n')}\nlisten: {web: {podPort: 80}}\n`,
    `listen: {web: {podPort: 80, ${keys.join(', ')}}}\n`,
    `listen: {web: {podPort: 80}, ${keys.join(', ')}}\n`,
    `listen: {web: {podPort: 80, binds: [${'1, '.repeat(100_000)}]}}\n`,
  ]) {
    const problem = t.throws(() => parseConfig(text, 'x'), { instanceOf: Problem, code: 'config.invalid' });
    t.is(problem?.exit, 2);
    t.true((problem?.parts.length ?? 0) >= 1 && (problem?.parts.length ?? 0) <= 50);
  }
});
