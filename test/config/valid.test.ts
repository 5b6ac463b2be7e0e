import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { parse } from 'yaml';
import { fromJSONSchema } from 'zod';
import { parseConfig } from '../../src/config/parse.ts';
import { address } from '../support/config-sample.ts';

const folder = new URL('../../fixtures/config/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const valid = readdirSync(new URL('valid/', folder));
const editors = fromJSONSchema(JSON.parse(readFileSync(new URL('../../podfront.schema.json', import.meta.url), 'utf8')));

for (const file of valid) {
  test(`a configuration is accepted by podfront and by its JSON Schema: ${file}`, (t) => {
    t.notThrows(() => parseConfig(read(`valid/${file}`), file));
    t.true(editors.safeParse(parse(read(`valid/${file}`))).success);
  });
}

for (const file of [
  ...['a-list-at-the-top', 'unknown-key-at-the-top', 'unknown-key-in-a-listen', 'unknown-key-in-ssl-backend', 'null-in-a-list'],
  ...[
    'service-port-in-quotes',
    'port-zero',
    'port-out-of-range',
    'port-with-fraction',
    'yes-for-true',
    'text-for-a-list',
    'number-for-text',
  ],
  ...['list-for-a-mapping', 'mode-that-is-none', 'more-pods-than-slots-can-be', 'reload-by-a-word', 'duration-without-unit'],
]) {
  test(`the JSON Schema tells an editor of a structural fault: ${file.replaceAll('-', ' ')}`, (t) => {
    t.false(editors.safeParse(parse(read(`invalid/${file}.yaml`))).success);
  });
}

test('the smallest configuration has every default of the interface', (t) => {
  const { cluster, haproxy, status, pace, listens, file } = parseConfig(read('valid/minimal.yaml'), 'podfront.yaml');
  t.is(file, 'podfront.yaml');
  t.like(cluster, {
    domain: 'cluster.local',
    nameservers: [{ address: address('10.0.0.254'), port: 53, transport: 'udp' }],
    dashboardClusterIP: null,
    existingNetworks: [],
    master: null,
    nodes: [],
  });
  t.deepEqual(
    [...cluster.serviceNetworks, ...cluster.podNetworks].map(({ cidr }) => cidr),
    ['10.0.0.0/24', '10.1.0.0/16'],
  );
  t.deepEqual(haproxy, {
    output: '/etc/haproxy/haproxy.cfg',
    layout: 'full',
    with: [],
    binary: 'haproxy',
    version: 'auto',
    reload: { kind: 'systemd', unit: 'haproxy.service' },
    socket: null,
    warnings: 'allow',
    templates: null,
    global: [],
    defaults: [],
    stats: { text: '127.0.0.1:8000', host: address('127.0.0.1'), firstPort: 8000, lastPort: 8000 },
    peers: [],
    localPeer: null,
  });
  t.is(status, null);
  t.deepEqual(pace, { poll: 1000, settle: { min: 200, max: 5000 }, drain: 3_600_000, reloadEvery: 10_000, keepLost: 0.5 });
  t.deepEqual(listens, [
    {
      name: 'ingress',
      binds: [{ text: '127.0.0.1:443', host: address('127.0.0.1'), firstPort: 443, lastPort: 443, tls: null }],
      hosts: [],
      serviceName: 'ingress',
      namespace: 'default',
      destination: { kind: 'pods', port: 443 },
      records: 'auto',
      fallbackServiceName: null,
      fallbackServicePort: null,
      outside: false,
      mayBeEmpty: false,
      maxExpectedPods: 'auto',
      mode: 'tcp',
      redirectToHttps: false,
      hsts: null,
      basicAuth: null,
      nodes: null,
      balance: 'leastconn',
      tls: { kind: 'none' },
      sendProxy: 'none',
      check: true,
      checkTls: { kind: 'none' },
      extraPodTemplateOptions: '',
      haproxyExtraConfig: [],
    },
  ]);
});

test('null means absent everywhere: the configuration is the smallest one', (t) => {
  const { file: _, ...nulls } = parseConfig(read('valid/nulls-everywhere.yaml'), 'a');
  const { file: __, ...smallest } = parseConfig(read('valid/minimal.yaml'), 'b');
  t.deepEqual(nulls, smallest);
});

test('every key means what the interface says', (t) => {
  const { cluster, haproxy, status, pace, listens, loadBalancer } = parseConfig(read('valid/every-key.yaml'), 'podfront.yaml');
  t.deepEqual(
    { ...loadBalancer, addresses: loadBalancer?.addresses.map(({ family, first, last }) => [family, last - first]) },
    {
      class: 'example.org/frontend',
      default: true,
      addresses: [
        [4, 0n],
        [4, 7n],
        [6, 15n],
        [4, 0n],
      ],
      namespaces: ['prod', 'stage'],
      leaseNamespace: 'podfront',
    },
  );
  t.deepEqual(
    cluster.nameservers.map(({ address: { text }, port, transport }) => `${transport} ${text} ${port}`),
    ['udp 10.43.0.10 53', 'udp 10.43.0.11 5353', 'udp fd00:43::a 53', 'tcp 10.43.0.12 53', 'udp fd00:43::b 53'],
  );
  t.deepEqual(
    cluster.existingNetworks.map(({ name, network }) => `${name} ${network.cidr}`),
    ['office 192.168.0.0/16', 'gateway 192.168.0.1/32', 'branch office 192.168.7.0/24'],
  );
  t.deepEqual(
    cluster.nodes.map((node) => [node.name, node.address.text]),
    [
      ['node1', '192.0.2.11'],
      ['node2', '2001:db8::12'],
    ],
  );
  t.deepEqual(cluster.api, { kind: 'kubeconfig', file: 'kubeconfig', context: 'podfront@k8s' });
  t.like(haproxy, { layout: 'fragment', version: '2.6', reload: { kind: 'master', socket: '/run/haproxy/master.sock' } });
  t.deepEqual(haproxy.global, ['maxconn 10000', '# a comment', 'log-tag "pod front"']);
  t.deepEqual(status, { kind: 'unix', path: '/run/podfront/status.sock' });
  t.deepEqual(pace, { poll: 500, settle: { min: 100, max: 60_000 }, drain: 600_000, reloadEvery: 3_600_000, keepLost: 0.75 });
  const [everything] = listens;
  t.deepEqual(
    everything?.binds.map(({ text, host, firstPort, lastPort }) => `${text} = ${host?.text ?? '*'} ${firstPort}-${lastPort}`),
    [
      '*:443 = * 443-443',
      '198.51.100.3:8000-8010 = 198.51.100.3 8000-8010',
      ':::443 = :: 443-443',
      'ipv4@:80 = * 80-80',
      '2001:db8:0:0:0:0:0:1:9443 = 2001:db8::1 9443-9443',
    ],
  );
  t.like(everything, {
    serviceName: 'app',
    namespace: 'prod',
    destination: { kind: 'pods', port: { name: 'https' } },
    records: 'srv',
    fallbackServicePort: 8443,
    maxExpectedPods: 10_000,
    mode: 'http',
    balance: 'hdr(x-user) use_domain_only',
    tls: { kind: 'verified', caFile: '/etc/ssl/certs/ca.pem', sni: 'app.example.org' },
    sendProxy: 'v2',
    check: false,
    extraPodTemplateOptions: 'weight 10 slowstart "10s"',
    haproxyExtraConfig: ['http-request set-header X-Greeting "hello # world"', 'http-request set-header X-Sharp a\\#b'],
  });
});

test('the JSON of a flyingcircus.kubernetes.frontend set works unchanged under listen', (t) => {
  const { listens } = parseConfig(read('valid/flying-circus.json'), 'podfront.yaml');
  t.deepEqual(
    listens.map(
      ({ name, binds, serviceName, namespace, destination, maxExpectedPods, mode, tls, extraPodTemplateOptions, haproxyExtraConfig }) => ({
        ...{
          name,
          binds: binds.map(({ text }) => text),
          service: `${serviceName}.${namespace}`,
          destination,
          maxExpectedPods,
          mode,
          tls: tls.kind,
        },
        ...{ extraPodTemplateOptions, haproxyExtraConfig },
      }),
    ),
    [
      {
        ...{
          name: 'api',
          binds: ['127.0.0.1:30443'],
          service: 'api.default',
          destination: { kind: 'nodes', port: 30443 },
          maxExpectedPods: 10,
        },
        ...{ mode: 'tcp', tls: 'none', extraPodTemplateOptions: '', haproxyExtraConfig: [] },
      },
      {
        ...{ name: 'ingress', binds: ['198.51.100.2:443', '[2a02:238:f030::1000]:443'], service: 'ingress-nginx-controller.ingress-nginx' },
        ...{
          destination: { kind: 'pods', port: 443 },
          maxExpectedPods: 10,
          mode: 'tcp',
          tls: 'none',
          extraPodTemplateOptions: 'send-proxy-v2',
        },
        haproxyExtraConfig: ['timeout client 1h', 'timeout server 1h'],
      },
      {
        ...{
          name: 'web',
          binds: ['127.0.0.1:8080'],
          service: 'web.web',
          destination: { kind: 'service', port: 8443 },
          maxExpectedPods: 10,
        },
        ...{ mode: 'http', tls: 'unverified', extraPodTemplateOptions: '', haproxyExtraConfig: ['option httpchk GET /healthz'] },
      },
    ],
  );
});

test('stats: none means that there is no stats page', (t) => {
  t.is(parseConfig(`haproxy: {stats: none}\n${read('valid/minimal.yaml')}`, 'x').haproxy.stats, null);
});

test('the keys of a listen for TLS, HTTP and hosts mean what the documentation says', (t) => {
  const { haproxy, listens } = parseConfig(read('valid/every-front.yaml'), 'podfront.yaml');
  t.deepEqual(
    haproxy.peers.map((peer) => `${peer.name} ${peer.address.text}`),
    ['fe1 192.0.2.21:10000', 'fe2 [2001:db8::22]:10000'],
  );
  t.is(haproxy.localPeer, 'fe1');
  const [dashboard, rest, passed, ended, api, otherApi] = listens;
  t.like(dashboard, {
    hosts: ['dashboard.example.org', '*.dashboard.example.org'],
    redirectToHttps: true,
    hsts: 31_536_000,
    basicAuth: { file: 'htpasswd', group: 'login', groupFile: '/etc/group' },
  });
  t.deepEqual(
    dashboard?.binds.map(({ text, tls }) => [text, tls]),
    [
      ['198.51.100.2:80', null],
      ['198.51.100.2:443', { crt: '/etc/haproxy/certs/dashboard.pem', alpn: ['h2', 'http/1.1'] }],
    ],
  );
  t.deepEqual(
    rest?.binds.map(({ tls }) => tls),
    [{ crt: '/etc/haproxy/certs/rest.pem', alpn: ['h2', 'http/1.1'] }, null],
  );
  t.is(passed?.binds[0]?.text, '127.0.0.1:8443');
  t.deepEqual(ended?.binds[0]?.tls, { crt: '/etc/haproxy/certs', alpn: ['acme-tls/1'] });
  t.like(api, {
    nodes: ['master'],
    check: true,
    checkTls: { kind: 'verified', caFile: '/etc/local/kubernetes-ca.pem', sni: 'kubernetes' },
  });
  t.like(otherApi, { nodes: null, check: true, checkTls: { kind: 'unverified', sni: null } });
});

for (const [written, kept] of [
  ['2.6', '2.6'],
  ['3.10', '3.10'],
  ['"2.4.22"', '2.4.22'],
  ['auto', 'auto'],
] as const) {
  test(`version: ${written} is read as ${kept}`, (t) => {
    t.is(parseConfig(`haproxy: {version: ${written}}\n${read('valid/minimal.yaml')}`, 'x').haproxy.version, kept);
  });
}

for (const [written, meant] of [
  ['none', { kind: 'none' }],
  ['{pidfile: /run/haproxy.pid}', { kind: 'pidfile', file: '/run/haproxy.pid' }],
  ['{command: [systemctl, reload, "haproxy 2"]}', { kind: 'command', command: ['systemctl', 'reload', 'haproxy 2'] }],
] as const) {
  test(`reload: ${written} is a way to reload`, (t) => {
    t.deepEqual(parseConfig(`haproxy: {reload: ${written}}\n${read('valid/minimal.yaml')}`, 'x').haproxy.reload, meant);
  });
}

for (const [written, meant] of [
  ['true', { kind: 'unverified', sni: null }],
  ['{verify: none, sni: a.example.org}', { kind: 'unverified', sni: 'a.example.org' }],
  ['{caFile: /ca.pem}', { kind: 'verified', caFile: '/ca.pem', sni: null }],
] as const) {
  test(`sslBackend: ${written} is ${meant.kind}`, (t) => {
    t.deepEqual(parseConfig(`listen: {web: {podPort: 1, sslBackend: ${written}}}`, 'x').listens[0]?.tls, meant);
  });
}

test('the default name server follows the first IPv4 service network, as on NixOS', (t) => {
  const { cluster } = parseConfig(`cluster: {serviceNetworks: ["fd00::/112", 172.20.0.0/16]}\n${read('valid/minimal.yaml')}`, 'x');
  t.deepEqual(cluster.nameservers, [{ address: address('172.20.0.254'), port: 53, transport: 'udp' }]);
});

test('without a name server that could be derived, pods of the Kubernetes API alone are read', (t) => {
  const written = (listen: string) =>
    `cluster: {api: {kubeconfig: /etc/podfront/kubeconfig}, serviceNetworks: [10.96.0.0/28]}\nlisten: {web: {podPort: 1}, other: ${listen}}`;
  const other = (port: string) => written(`{${port}, binds: ["127.0.0.1:2"]}`);
  t.deepEqual(parseConfig(other('podPort: 2'), 'x').cluster.nameservers, []);
  t.deepEqual(parseConfig(other('podPort: 2, records: endpoints'), 'x').cluster.nameservers, []);
  for (const dns of ['podPort: 2, records: headless', 'servicePort: 2'])
    t.throws(() => parseConfig(other(dns), 'x'), { code: 'config.invalid' });
});

test('networks that overlap are read: check-networks reports that', (t) => {
  const overlapping = 'cluster: {podNetworks: [10.0.0.0/16], existingNetworks: {office: 10.0.0.0/8}}';
  t.notThrows(() => parseConfig(`${overlapping}\n${read('valid/minimal.yaml')}`, 'x'));
});

test('a configuration cannot be changed once it is read', (t) => {
  const config = parseConfig(read('valid/every-key.yaml'), 'x');
  t.throws(() => Object.assign(config.haproxy.reload, { kind: 'none' }), { instanceOf: TypeError });
  t.throws(() => (config.listens as unknown[]).push(null), { instanceOf: TypeError });
});

test('stats: none means no stats page, and left out it has the default', (t) => {
  const stats = (haproxy: string) => parseConfig(`haproxy: {${haproxy}}\nlisten: {web: {podPort: 80}}\n`, 'podfront.yaml').haproxy.stats;
  t.is(stats('stats: none'), null);
  t.is(stats('')?.text, '127.0.0.1:8000');
});

test('with the Kubernetes API, auto means endpoints for pods, and DNS records stay what they are', (t) => {
  const text = `
cluster: {api: {inCluster: true}, nodes: {node1: 192.0.2.11}}
listen:
  number: {podPort: 80}
  name: {podPort: http, binds: ["127.0.0.1:81"]}
  none: {podPort: 82, fallbackServicePort: none}
  fixed: {podPort: 83, fallbackServicePort: 8083}
  headless: {podPort: 84, records: headless}
  srv: {podPort: http, records: srv, binds: ["127.0.0.1:85"]}
  service: {servicePort: 86}
  nodes: {lbServicePort: 30087}
`;
  t.deepEqual(
    parseConfig(text, 'podfront.yaml').listens.map(({ name, records, fallbackServicePort }) => [name, records, fallbackServicePort]),
    [
      ['number', 'endpoints', 'auto'],
      ['name', 'endpoints', 'auto'],
      ['none', 'endpoints', null],
      ['fixed', 'endpoints', 8083],
      ['headless', 'headless', null],
      ['srv', 'srv', null],
      ['service', 'auto', null],
      ['nodes', 'auto', null],
    ],
  );
});
