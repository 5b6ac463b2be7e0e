import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { parseConfig } from '../../src/core/config/parse.ts';
import { observeOffline } from '../../src/core/detect.ts';
import { draft } from '../../src/core/draft.ts';
import { documentOf } from '../../src/core/import/document.ts';
import { deviations } from '../../src/core/import/prove.ts';
import { takeFile } from '../../src/core/import/take.ts';
import { partNames } from '../../src/core/parts.ts';
import { renderer } from '../../src/core/render.ts';
import { assumedVersion } from '../../src/core/version.ts';

const parts = new Map(partNames.map((name) => [name, readFileSync(new URL(`../../templates/${name}.mustache`, import.meta.url), 'utf8')]));
const render = renderer(parts);

function rendered(document: string): string {
  const config = parseConfig(document, 'podfront.yaml');
  return draft({ config, observations: observeOffline(config, config.listens), current: null, version: assumedVersion, render }).text;
}

const label = fc.constantFrom('web', 'ingress', 'a', 'shop-1', 'true', 'null', 'x9');
const port = fc.integer({ min: 1, max: 65_535 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const tls = fc.constantFrom(
  true,
  { verify: 'none', sni: 'app.example.org' },
  { verify: 'required', caFile: '/etc/ssl/ca.crt' },
  { verify: 'required', caFile: '/etc/ssl/ca.crt', sni: 'app.example.org' },
);
const options = fc.constantFrom(
  'weight 10',
  'inter 2s fall 3',
  'cookie "a b"',
  "cookie 'it''s'",
  'cookie check',
  'on-marked-down shutdown-sessions',
  'maxconn 5 cookie a\\ b',
);
const line = fc.constantFrom(
  'option forwardfor',
  'http-request set-header X "a \\"b\\" c" if { path_beg /x }',
  'timeout server 5m',
  'http-response set-header Y - { [ & * ! | > % @',
  'bind 127.0.0.1:9 ssl crt /etc/ssl/a.pem',
  '# a comment of its own is dropped',
);

const reach = fc.oneof(
  fc.record({ podPort: port, records: fc.constantFrom('headless', 'wildcard'), fallbackServicePort: maybe(port) }),
  fc.record({ podPort: fc.constantFrom('https', 'http-alt'), fallbackServicePort: maybe(port) }),
  fc.record({ servicePort: port }),
  fc.record({ lbServicePort: port }),
);

const listen = fc
  .record({
    reach,
    serviceName: label.map((text) => (text === 'x9' ? 'x' : text)),
    namespace: maybe(fc.constantFrom('default', 'kube-system', '9lives')),
    maxExpectedPods: maybe(fc.integer({ min: 1, max: 10_000 })),
    mode: fc.constantFrom('tcp', 'http'),
    balance: maybe(fc.constantFrom('leastconn', 'roundrobin', 'random(2)', 'source')),
    sslBackend: maybe(tls),
    sendProxy: maybe(fc.constantFrom('v1', 'v2')),
    check: fc.boolean(),
    extraPodTemplateOptions: maybe(options),
    haproxyExtraConfig: fc.array(line, { maxLength: 4 }),
  })
  .map(({ reach: where, haproxyExtraConfig, extraPodTemplateOptions, ...rest }) => ({
    ...rest,
    ...where,
    // Options are for pods only.
    ...('podPort' in where && { extraPodTemplateOptions }),
    haproxyExtraConfig: haproxyExtraConfig.filter((one, i, all) => !one.startsWith('bind') || all.indexOf(one) === i).join('\n'),
  }));

const document = fc
  .record({
    listens: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_.:-]{0,20}$/), listen), {
      selector: ([name]) => name.toLowerCase(),
      minLength: 1,
      maxLength: 5,
    }),
    nameservers: fc.uniqueArray(fc.constantFrom('10.0.0.254:53', '[fd00::a]:5353', 'tcp@10.0.0.253:53'), { minLength: 1 }),
    poll: fc.constantFrom('1s', '200ms', '2m'),
    global: maybe(fc.constantFrom('maxconn 100', 'log 127.0.0.1 local0\nnbthread 2')),
    defaults: maybe(fc.constantFrom('timeout client 30s', 'option httplog\ntimeout tunnel 1h')),
    stats: fc.constantFrom('none', '127.0.0.1:8000', '[::1]:8404'),
    socket: maybe(fc.constant('/run/haproxy/haproxy.sock')),
  })
  .map(({ listens, nameservers, poll, ...haproxy }) => {
    // One bind with options among all, as no two listens may have one address.
    let bound = false;
    const named = listens.map(([name, one], i) => {
      const lines = one.haproxyExtraConfig.split('\n').filter((text) => !text.startsWith('bind') || !bound);
      if (lines.some((text) => text.startsWith('bind'))) bound = true;
      return [name, { ...one, haproxyExtraConfig: lines.join('\n'), binds: [`127.0.0.${i + 2}:80`, `[::${i + 2}]:8000-8010`] }] as const;
    });
    return JSON.stringify({
      cluster: { nameservers, nodes: { n1: '192.0.2.11', n2: '2001:db8::12' } },
      haproxy,
      pace: { poll },
      listen: Object.fromEntries(named),
    });
  });

test('what podfront renders is imported to a configuration that renders the same bytes', (t) => {
  fc.assert(
    fc.property(document, (written) => {
      // A comment among the lines is the one thing that is not kept.
      const first = rendered(written).replace(/^ +# a comment.*\n/gm, '');
      const { imported, proxies, notes } = takeFile(first);
      t.deepEqual(
        notes.filter(({ kind }) => kind === 'left-out'),
        [],
        first,
      );
      const again = rendered(documentOf(imported, 'haproxy.cfg'));
      t.is(again, first);
      t.deepEqual(deviations(proxies, again), []);
    }),
    { numRuns: 300 },
  );
});

test('the proof notices a listen that lost an option, a slot, a rule or its address', (t) => {
  const written = `listen: {web: {podPort: 80, records: headless, maxExpectedPods: 5, binds: ["127.0.0.1:80"], extraPodTemplateOptions: weight 3, haproxyExtraConfig: "option forwardfor"}}`;
  const text = rendered(written);
  const { proxies } = takeFile(text);
  t.deepEqual(deviations(proxies, text), []);
  for (const [from, to] of [
    [' weight 3', ''],
    ['pod 5 ', 'pod 4 '],
    ['    option forwardfor\n', ''],
    ['    bind 127.0.0.1:80\n', '    bind 127.0.0.1:81\n'],
    ['balance leastconn', 'balance source'],
    ['web.default', 'web.other'],
    [' check', ''],
    ['listen web', 'listen other'],
  ] as const) {
    const changed = text.replace(from, to);
    t.not(changed, text, from);
    t.is(deviations(proxies, changed).length, 1, from);
  }
});

test('whatever the file holds, importing ends with a result or a note', (t) => {
  const piece = fc.constantFrom(
    'listen web',
    'frontend f',
    'backend b',
    'defaults',
    'global',
    'resolvers cluster',
    'server a b',
    'server-template pod 3 web.default.svc.cluster.local:80',
    'bind :80',
    '.if',
    '.endif',
    'default_backend b',
    '"',
    "'",
    '\\',
    '#',
    '$',
    `$\{X}`,
    '\u0007',
    'from',
    '\r',
    '\n',
    '\n    ',
    ' ',
    'é',
    '0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
      const { imported, notes } = takeFile(pieces.join(''));
      if (imported.listens.length > 0) parseConfigOrNot(documentOf(imported, 'haproxy.cfg'));
      t.true(Array.isArray(notes));
    }),
    { numRuns: 500 },
  );
});

/** The document is YAML that is read to its end, whatever is thought of its values. */
function parseConfigOrNot(text: string): void {
  try {
    parseConfig(text, 'podfront.yaml');
  } catch (error) {
    const { parts = [] } = error as { readonly parts?: readonly { readonly code: string }[] };
    const syntax = parts.find(({ code }) => code === 'config.syntax');
    if (syntax !== undefined || parts.length === 0) throw error;
  }
}
