import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type { Accounts } from '../../src/config/htpasswd.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { partNames } from '../../src/haproxy/file/template-data.ts';
import { assumedVersion } from '../../src/haproxy-syntax/version.ts';
import { yamlDocument } from '../../src/import/document.ts';
import { readHaproxyFile } from '../../src/import/read-haproxy.ts';
import { sha512Crypt } from '../../src/import/sha512-crypt.ts';
import { deviations } from '../../src/import/verify-round-trip.ts';
import { desiredFile } from '../../src/plan/desired-file.ts';
import { offlineSource } from '../../src/source/offline.ts';

const parts = new Map(partNames.map((name) => [name, readFileSync(new URL(`../../templates/${name}.mustache`, import.meta.url), 'utf8')]));
const hash = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/';

async function rendered(document: string, accounts: Accounts = new Map()): Promise<string> {
  const config = parseConfig(document, 'podfront.yaml');
  const render = renderer(parts, assumedVersion, accounts);
  const observations = await offlineSource.list(config, new AbortController().signal);
  return desiredFile({ config, observations, currentFile: null, version: assumedVersion, render }).text;
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
  'bind 127.0.0.1:9 ssl crt /etc/ssl/a.pem strict-sni',
  '# a comment of its own',
  'http-request redirect scheme https if !{ ssl_fc }',
  'http-after-response set-header Strict-Transport-Security max-age=5 if { ssl_fc } { path / }',
);

const reach = fc.oneof(
  fc.record({ podPort: port, records: fc.constantFrom('headless', 'wildcard'), fallbackServicePort: maybe(port) }),
  fc.record({ podPort: fc.constantFrom('https', 'http-alt'), fallbackServicePort: maybe(port) }),
  fc.record({ servicePort: port }),
  fc.record({ lbServicePort: port, nodes: maybe(fc.constantFrom(['n1'], ['n2'])) }),
);

const front = fc.record({
  crt: fc.boolean(),
  alpn: maybe(fc.constantFrom([], ['h2'], ['h2', 'http/1.1'])),
  redirectToHttps: fc.boolean(),
  hsts: maybe(fc.integer({ min: 0, max: 63_072_000 })),
});

const listen = fc
  .record({
    front,
    reach,
    serviceName: label.map((text) => (text === 'x9' ? 'x' : text)),
    namespace: maybe(fc.constantFrom('default', 'kube-system', '9lives')),
    maxExpectedPods: maybe(fc.integer({ min: 1, max: 10_000 })),
    mode: fc.constantFrom('tcp', 'http'),
    balance: maybe(fc.constantFrom('leastconn', 'roundrobin', 'random(2)', 'source')),
    sslBackend: maybe(tls),
    sendProxy: maybe(fc.constantFrom('v1', 'v2')),
    check: fc.oneof(
      fc.boolean(),
      tls.map((one) => ({ tls: one })),
    ),
    extraPodTemplateOptions: maybe(options),
    haproxyExtraConfig: fc.array(line, { maxLength: 4 }),
  })
  .map(({ reach: where, haproxyExtraConfig, extraPodTemplateOptions, ...rest }) => ({
    ...rest,
    ...where,
    extraPodTemplateOptions,
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
      const { front: say, ...rest } = one;
      const secure = `127.0.0.${i + 2}:443`;
      return [
        name,
        {
          ...rest,
          ...(typeof rest.check === 'object' && rest.sslBackend !== undefined && { check: true }),
          ...(say.crt && rest.mode === 'http' && { redirectToHttps: say.redirectToHttps, hsts: say.hsts }),
          haproxyExtraConfig: lines.join('\n'),
          binds: [
            `127.0.0.${i + 2}:80`,
            `[::${i + 2}]:8000-8010`,
            ...(say.crt ? [{ address: secure, crt: '/etc/ssl/c.pem', alpn: say.alpn }] : []),
          ],
        },
      ] as const;
    });
    return JSON.stringify({
      cluster: { nameservers, nodes: { n1: '192.0.2.11', n2: '2001:db8::12' } },
      haproxy,
      pace: { poll },
      listen: Object.fromEntries(named),
    });
  });

test('what podfront renders is imported to a configuration that renders the same bytes', async (t) => {
  await fc.assert(
    fc.asyncProperty(document, async (written) => {
      // A comment at the end of a listen goes above it in podfront.yaml.
      const without = (text: string) => text.replace(/^ +# a comment.*\n/gm, '');
      const first = await rendered(written);
      const { imported, proxies, notes } = readHaproxyFile(first);
      t.deepEqual(
        notes.filter(({ kind }) => kind === 'left-out'),
        [],
        first,
      );
      const again = await rendered(yamlDocument(imported, 'haproxy.cfg'));
      t.is(without(again), without(first));
      t.deepEqual(deviations(proxies, again), []);
    }),
    { numRuns: 200 },
  );
});

test('listens that share addresses by hosts come back as they were', async (t) => {
  const rest = 'podPort: 80, records: headless, maxExpectedPods: 3';
  for (const yaml of [
    `listen: {b: {${rest}, mode: http, binds: ["127.0.0.1:80"], hosts: [b.example.org, "*.b.example.org"]}, a: {${rest}, mode: http, binds: ["127.0.0.1:80"]}}`,
    `listen: {a: {${rest}, binds: ["127.0.0.1:443"], hosts: [a.example.org]}, b: {${rest}, binds: ["127.0.0.1:443"], hosts: [b.example.org]}, c: {${rest}, binds: ["127.0.0.1:444"]}}`,
    `listen: {a: {${rest}, mode: http, binds: [{address: "127.0.0.1:443", crt: /a.pem}], hosts: [a.example.org], redirectToHttps: true, hsts: 5}, b: {${rest}, mode: http, binds: [{address: "127.0.0.1:443", crt: /a.pem}], haproxyExtraConfig: option forwardfor}}`,
    `listen: {a: {${rest}, binds: [{address: "127.0.0.1:443", crt: /a.pem}], hosts: ["*.example.org"]}, b: {${rest}, binds: [{address: "127.0.0.1:443", crt: /a.pem}], hosts: [b.example.org]}}`,
  ]) {
    const first = await rendered(yaml);
    const { imported, proxies, notes } = readHaproxyFile(first);
    t.deepEqual(
      notes.filter(({ kind }) => kind === 'left-out'),
      [],
      first,
    );
    const again = await rendered(yamlDocument(imported, 'haproxy.cfg'));
    t.is(again, first);
    t.deepEqual(deviations(proxies, again), []);
    // The proof notices a host that got lost, and listens whose hosts are exchanged.
    t.true(deviations(proxies, again.replace(/^ {4}use_backend a .*\n/m, '').replace(/^ {4}use_backend b .*\n/m, '')).length > 0, yaml);
  }
});

test('passwords in clear become hashes in the file of users, and are shown nowhere', async (t) => {
  const file = [
    'userlist people',
    ' group ops users root',
    ' user root insecure-password swordfish',
    ' user guest insecure-password other',
    'listen web',
    ' bind 127.0.0.1:80',
    ' mode http',
    ' http-request auth unless { http_auth_group(people) ops }',
    ' server s web.default.svc.cluster.local:80',
  ].join('\n');
  const { imported, proxies, lists, notes } = readHaproxyFile(file, true);
  t.deepEqual(
    notes.filter(({ kind }) => kind === 'left-out'),
    [],
  );
  const list = lists.get('people');
  const [root = '', guest = ''] = list?.htpasswd.split('\n') ?? [];
  const [, hash = '', groups] = root.split(':');
  t.regex(hash, /^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
  t.is(groups, 'ops');
  t.regex(guest, /^guest:\$6\$[^:]+$/);
  t.is(sha512Crypt('swordfish', hash.split('$')[2] ?? ''), hash);
  const yaml = yamlDocument(imported, 'haproxy.cfg');
  t.notRegex(yaml + JSON.stringify(notes), /swordfish|\$6\$/);
  const accounts = list?.accounts('ops') ?? [];
  t.deepEqual(
    deviations(proxies, await rendered(yaml, new Map([['web', accounts]])), new Map([['people', list?.accounts ?? (() => [])]])),
    [],
  );
  // Unasked nothing is hashed, and the list is spoken of without the password.
  const unasked = readHaproxyFile(file);
  t.notRegex(yamlDocument(unasked.imported, 'haproxy.cfg') + JSON.stringify(unasked.notes), /swordfish/);
  t.true(unasked.notes.some(({ what, hint }) => what === 'userlist people' && hint.startsWith('--users')));
});

test('users are taken over with their groups, and nothing that is shown holds a hash', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.subarray(['login', 'ops'])), {
        selector: ([user]) => user,
        minLength: 1,
      }),
      fc.constantFrom(null, 'login'),
      fc.boolean(),
      async (users, group, named) => {
        const members = users.filter(([, groups]) => group === null || (groups as readonly string[]).includes(group));
        fc.pre(members.length > 0);
        const fetch = group === null ? 'http_auth(people)' : `http_auth_group(people) ${group}`;
        const file = [
          'userlist people',
          ...['login', 'ops'].map((name) => `    group ${name}`),
          ...users.map(([user, groups]) => `    user ${user} password ${hash}${groups.length === 0 ? '' : ` groups ${groups.join(',')}`}`),
          'listen web',
          '    bind 127.0.0.1:80',
          '    mode http',
          ...(named
            ? [`    acl known ${fetch}`, '    http-request auth realm A\\ B if !known']
            : [`    http-request auth unless { ${fetch} }`]),
          '    http-request set-header X-User y',
          '    server service web.default.svc.cluster.local:80',
        ].join('\n');
        const { imported, proxies, lists, notes } = readHaproxyFile(file, true);
        t.deepEqual(
          notes.filter(({ kind }) => kind === 'left-out'),
          [],
        );
        const yaml = yamlDocument(imported, 'haproxy.cfg');
        t.false(yaml.includes('$6$'));
        const accounts = lists.get('people')?.accounts(group) ?? [];
        t.deepEqual(
          accounts.map(({ user }) => user),
          members.map(([user]) => user),
        );
        const proof = new Map([...lists].map(([name, list]) => [name, list.accounts]));
        t.deepEqual(deviations(proxies, await rendered(yaml, new Map([['web', accounts]])), proof), []);
        const others = accounts.map(({ user }) => ({ user, hash: hash.replace('qFm', 'xxx') }));
        t.is(deviations(proxies, await rendered(yaml, new Map([['web', others]])), proof).length, 1);
        // Unasked, the rule stays, and the list is spoken of.
        const unasked = readHaproxyFile(file);
        t.regex(yamlDocument(unasked.imported, 'haproxy.cfg'), /http-request auth/);
        t.true(unasked.notes.some(({ what, hint }) => what === 'userlist people' && hint.startsWith('--users')));
      },
    ),
    { numRuns: 40 },
  );
});

test('a rule is taken only where nothing of its kind stands before it', (t) => {
  const keys = (...lines: readonly string[]) => {
    const { imported } = readHaproxyFile(
      `userlist people\n user a password ${hash}\nlisten web\n bind 127.0.0.1:80\n bind 127.0.0.1:443 ssl crt /a.pem\n mode http\n server s web.default.svc.cluster.local:80\n ${lines.join('\n ')}`,
      true,
    );
    const [one] = imported.listens;
    return [one?.redirectToHttps, one?.basicAuth !== null, one?.hsts, one?.extraLines.length];
  };
  const redirect = 'http-request redirect scheme https code 308 unless { ssl_fc }';
  const auth = 'http-request auth unless { http_auth(people) }';
  const hsts = 'http-after-response set-header Strict-Transport-Security max-age=9 if { ssl_fc }';
  t.deepEqual(keys(redirect, auth, hsts), [true, true, 9, 0]);
  t.deepEqual(keys(hsts, auth, redirect), [false, true, 9, 1]);
  t.deepEqual(keys('http-request deny if { path /x }', redirect, auth), [false, false, null, 3]);
  t.deepEqual(keys(redirect, 'http-request deny if { path /x }', auth), [true, false, null, 2]);
  t.deepEqual(keys('http-request redirect scheme https code 301 unless { ssl_fc }', auth), [false, false, null, 2]);
  t.deepEqual(keys('http-after-response del-header X', hsts), [false, false, null, 2]);
  t.deepEqual(keys('http-after-response set-header Strict-Transport-Security "max-age=9; preload" if { ssl_fc }'), [false, false, null, 1]);
  t.deepEqual(keys('http-after-response set-header Strict-Transport-Security max-age=9'), [false, false, null, 1]);
  t.deepEqual(keys('acl known http_auth(people)', 'http-request deny if known { path /x }', 'http-request auth unless known'), [
    false,
    false,
    null,
    3,
  ]);
});

test('each line is carried over or spoken of, wherever it stands', (t) => {
  const opening = fc.constantFrom(
    ...[
      'global',
      'defaults',
      'defaults named',
      'defaults other from named',
      'resolvers cluster',
      'resolvers other',
      'userlist people',
      'peers p',
    ],
    ...['cache c', 'listen stats', 'frontend f', 'frontend g', 'backend b', 'listen web', 'listen api from named', 'listen second'],
  );
  const body = fc.constantFrom(
    ...['bind 127.0.0.1:80', 'bind :443 ssl crt /a.pem', 'mode http', 'balance source', 'default_backend b', 'use_backend b if { path / }'],
    ...[
      'server a web.default.svc.cluster.local:80 check resolvers cluster',
      'server-template pod 3 web.default.svc.cluster.local:80',
      'server n 192.0.2.1:80',
    ],
    ...[
      'nameserver dns 10.0.0.254:53',
      'stats enable',
      'stats uri /',
      'hold valid 10s',
      'user a password x',
      '.if defined(X)',
      '.endif',
      '',
    ],
  );
  // A word of its own tells a line from all others.
  const marked = fc.constantFrom(
    'http-request set-header X-N v',
    'option N',
    'timeout N 3s',
    'hold N',
    '# N',
    'acl N path /',
    'user N password x',
    'tune.N 1',
    'N',
    'stats refresh N',
    'default-server N',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(opening, fc.array(fc.oneof(body, marked), { maxLength: 7 })), { maxLength: 7 }), (sections) => {
      const lines = sections.flatMap(([first, rest]) => [first, ...rest.map((line) => (line === '' ? '' : `    ${line}`))]);
      const text = lines.map((line, at) => line.replace(/\bN\b/, `n${at}n`)).join('\n');
      const { imported, notes } = readHaproxyFile(text);
      if (imported.listens.length === 0) return;
      const yaml = yamlDocument(imported, 'haproxy.cfg');
      // A note of a section is one of all its lines; so is that of an .if block.
      let covered = false;
      let depth = 0;
      for (const [at, line] of lines.entries()) {
        const noted = notes.some((note) => note.line === at + 1);
        if (!line.startsWith(' ') && line !== '' && depth === 0) covered = noted;
        if (line.trim().startsWith('.if')) depth++;
        const mine = covered || noted || depth > 0;
        if (line.trim() === '.endif' && depth > 0) depth--;
        if (/\bN\b/.test(line) && !line.includes('#'))
          t.true(mine || yaml.includes(`n${at}n`), `line ${at + 1}, ${line.trim()}\n${text}\n---\n${yaml}`);
      }
    }),
    { numRuns: 1000 },
  );
});

test('no comment means anything to podfront, whatever it holds, and each one is there', async (t) => {
  const lines = [
    'global',
    ' maxconn 5',
    'listen web',
    ' bind 127.0.0.1:80',
    ' option tcplog',
    ' server s web.default.svc.cluster.local:80',
    ' balance source',
    'listen api',
    ' bind 127.0.0.1:81',
    ' server s api.default.svc.cluster.local:80',
  ];
  const said = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ''));
  const plain = await rendered(yamlDocument(readHaproxyFile(lines.join('\n')).imported, 'haproxy.cfg'));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(said, fc.boolean()), { minLength: lines.length, maxLength: lines.length }), async (comments) => {
      const text = lines.map((line, at) => {
        const [comment, above] = comments[at] ?? ['', true];
        const indent = /^ */.exec(line)?.[0] ?? '';
        return above ? `${indent}#c${at}c ${comment}\n${line}` : `${line} #c${at}c ${comment}`;
      });
      const yaml = yamlDocument(readHaproxyFile(text.join('\n')).imported, 'haproxy.cfg');
      t.is((await rendered(yaml)).replace(/ *#(?! Written by).*/g, '').replace(/\n\n+/g, '\n'), plain.replace(/\n\n+/g, '\n'));
      for (const at of lines.keys()) t.regex(yaml, new RegExp(`# ?c${at}c`));
    }),
    { numRuns: 200 },
  );
});

test('the proof notices a listen that lost an option, a slot, a rule or its address', async (t) => {
  const written = `listen: {web: {podPort: 80, records: headless, maxExpectedPods: 5, binds: ["127.0.0.1:80"], extraPodTemplateOptions: weight 3, haproxyExtraConfig: "option forwardfor"}}`;
  const text = await rendered(written);
  const { proxies } = readHaproxyFile(text);
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
      const { imported, notes } = readHaproxyFile(pieces.join(''));
      if (imported.listens.length > 0) parseConfigOrNot(yamlDocument(imported, 'haproxy.cfg'));
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
