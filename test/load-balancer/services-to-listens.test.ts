import test from 'ava';
import type { Config, LoadBalancerConfig } from '../../src/config/config.ts';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { parseRange } from '../../src/ip/range.ts';
import { balance, nothingListed, publicationsOf } from '../../src/load-balancer/balance.ts';
import { eventOf } from '../../src/load-balancer/cause.ts';
import type { Service } from '../../src/load-balancer/service.ts';
import { isOfClass, serveServices } from '../../src/load-balancer/services-to-listens.ts';
import { address, config, listen } from '../support/config-sample.ts';
import { render } from '../support/daemon-with-fakes.ts';
import { service, tcp } from '../support/service-sample.ts';

const loadBalancer: LoadBalancerConfig = {
  class: 'podfront/haproxy',
  default: false,
  addresses: ['198.51.100.10', '2001:db8::10'].flatMap((text) => parseRange(text) ?? []),
  namespaces: [],
  leaseNamespace: 'kube-system',
};
const with_ = (given: Partial<Config> = {}): Config => ({ ...config([]), loadBalancer, ...given });

const served = (of: Service, given: Partial<Config> = {}) => {
  const [one] = serveServices(with_(given), [of], new Map());
  return { listens: one?.listens ?? [], told: one?.causes.map((cause) => `${eventOf(cause).reason}: ${eventOf(cause).message}`) ?? [] };
};
const annotated = (annotations: Readonly<Record<string, string>>, given: Partial<Service> = {}) =>
  service('web', { annotations: new Map(Object.entries(annotations)), ...given });

test('every TCP port becomes a listen of its name, on each address, that leads to the pods through the slices', (t) => {
  const { listens, told } = served(
    service('web', { namespace: 'shop', ports: tcp(80, 443), families: [4, 6], familyPolicy: 'RequireDualStack' }),
  );
  t.deepEqual(told, []);
  t.deepEqual(
    listens.map(({ name, binds, serviceName, namespace, destination, records, fallbackServicePort }) => ({
      name,
      binds: binds.map(({ text }) => text),
      serviceName,
      namespace,
      destination,
      records,
      fallbackServicePort,
    })),
    [80, 443].map((port) => ({
      name: `shop_web_${port}`,
      binds: [`198.51.100.10:${port}`, `[2001:db8::10]:${port}`],
      serviceName: 'web',
      namespace: 'shop',
      destination: { kind: 'pods' as const, port: { name: `p${port}` } },
      records: 'endpoints' as const,
      fallbackServicePort: 'auto' as const,
    })),
  );
  t.like(listens[0], { mode: 'tcp', balance: 'leastconn', sendProxy: 'none', check: true, haproxyExtraConfig: [], hosts: [] });
});

test('an annotation means what the key of a listen means', (t) => {
  const { listens, told } = served(
    annotated({
      mode: 'http',
      balance: 'uri  depth 3',
      'send-proxy': 'v2',
      'backend-tls': '{"verify": "required", "caFile": "/etc/ssl/ca.pem", "sni": "app.example.org"}',
      check: 'false',
      'max-connections': '500',
    }),
  );
  t.deepEqual(told, []);
  t.like(listens[0], {
    mode: 'http',
    balance: 'uri depth 3',
    sendProxy: 'v2',
    tls: { kind: 'verified', caFile: '/etc/ssl/ca.pem', sni: 'app.example.org' },
    check: false,
    haproxyExtraConfig: ['maxconn 500', 'option forwardfor'],
  });
  t.like(served(annotated({ 'send-proxy': 'true', 'backend-tls': 'true' })).listens[0], {
    sendProxy: 'v1',
    tls: { kind: 'unverified', sni: null },
  });
});

for (const [annotation, value, message] of [
  ['mode', 'quic', /podfront\/mode: expected tcp or http, got "quic"/],
  ['mode', 'HTTP', /did you mean http/],
  ['balance', 'fairest', /podfront\/balance: "fairest" is not a valid balance algorithm/],
  ['balance', 'uri', /podfront\/balance: balance "uri" needs HTTP/],
  ['balance', 'roundrobin\n  bind :9', /podfront\/balance/],
  ['balance', 'source # x', /podfront\/balance/],
  ['send-proxy', 'v3', /podfront\/send-proxy: expected true, false, v1 or v2/],
  ['backend-tls', '{"verify": "required"}', /podfront\/backend-tls: this needs caFile/],
  ['backend-tls', '{"caFile": "/etc/x y"}', /podfront\/backend-tls/],
  ['backend-tls', '{"lines": "x"}', /podfront\/backend-tls: unknown key/],
  ['backend-tls', '{', /podfront\/backend-tls/],
  ['check', 'maybe', /podfront\/check: expected true, false, or a mapping with tls/],
  ['max-connections', '0', /podfront\/max-connections: "0" is not a valid number of connections/],
  ['max-connections', '1e9', /podfront\/max-connections/],
  ['balance', 'x'.repeat(1_001), /podfront\/balance/],
] as const) {
  test(`a bad annotation costs the Service, and an Event says why: ${annotation} ${JSON.stringify(value.slice(0, 30))}`, (t) => {
    const { listens, told } = served(annotated({ [annotation]: value }));
    t.deepEqual(listens, []);
    t.regex(told[0] ?? '', /^Unsupported: annotation /);
    t.true(
      told.some((text) => message.test(text)),
      told.join('\n'),
    );
  });
}

test('an unknown annotation is reported, and the Service is served', (t) => {
  const { listens, told } = served(annotated({ 'max-conections': '5' }));
  t.is(listens.length, 1);
  t.deepEqual(told, ['Unsupported: annotation podfront/max-conections is not known; did you mean podfront/max-connections?']);
});

test('an empty annotation counts as absent', (t) => {
  t.like(served(annotated({ mode: '', balance: ' ' })), { told: [], listens: [{ mode: 'tcp', balance: 'leastconn' }] });
});

test('source ranges refuse others at connect, in lines that HAProxy can read', (t) => {
  const sourceRanges = ['203.0.113.0/24', '2001:db8:1::/48', ' 203.0.113.0/24'];
  t.deepEqual(served(service('web', { sourceRanges })).listens[0]?.haproxyExtraConfig, [
    'acl allowed_source src 2001:db8:1::/48 203.0.113.0/24',
    'tcp-request connection reject unless allowed_source',
  ]);
  const many = Array.from({ length: 120 }, (_, i) => `10.${i}.0.0/16`);
  const lines = served(service('web', { sourceRanges: many })).listens[0]?.haproxyExtraConfig ?? [];
  t.deepEqual(
    lines.map((line) => line.split(' ').length),
    [53, 53, 23, 5],
  );
});

test('a source range that cannot be read does not open the Service to everybody', (t) => {
  const { listens, told } = served(service('web', { sourceRanges: ['203.0.113.0/24', '0.0.0.0/99'] }));
  t.deepEqual(listens, []);
  t.deepEqual(told, ['Unsupported: loadBalancerSourceRanges: "0.0.0.0/99" is not a network']);
});

test('session affinity is a table with the timeout, on a consistent hash of the address; peers share it', (t) => {
  const sticky = service('web', { affinitySeconds: 600 });
  t.like(served(sticky).listens[0], {
    balance: 'source',
    haproxyExtraConfig: ['stick-table type ipv6 size 100k expire 600s', 'stick on src', 'hash-type consistent'],
  });
  const peers = [{ name: 'fe1', address: parseBind('192.0.2.21:10000') }];
  t.is(
    served(sticky, { haproxy: { ...config([]).haproxy, peers } }).listens[0]?.haproxyExtraConfig[0],
    'stick-table type ipv6 size 100k expire 600s peers frontends',
  );
  t.like(served(annotated({ balance: 'roundrobin' }, { affinitySeconds: 600 })).listens[0], {
    balance: 'roundrobin',
    haproxyExtraConfig: ['stick-table type ipv6 size 100k expire 600s', 'stick on src'],
  });
});

test('what podfront.yaml binds is taken: listens, lines of their own, the stats page, the status, the peers', (t) => {
  const web = service('web');
  const bound = (text: string) => [{ ...parseBind(text), tls: null }];
  const taken = (given: Partial<Config>) => served(web, given).told;
  t.deepEqual(taken({ listens: [listen({ name: 'shop', binds: bound('198.51.100.10:80') })] }), [
    'AllocationFailed: no IPv4 address of loadBalancer.addresses is free for port 80',
  ]);
  t.is(taken({ listens: [listen({ haproxyExtraConfig: ['bind 198.51.100.10:80,[::1]:5 ssl crt /x', 'bind unix@/x'] })] }).length, 1);
  t.is(taken({ haproxy: { ...config([]).haproxy, stats: parseBind('*:80') } }).length, 1);
  t.is(taken({ haproxy: { ...config([]).haproxy, layout: 'fragment', stats: parseBind('*:80') } }).length, 0);
  t.is(taken({ status: { kind: 'tcp', address: address('198.51.100.10'), port: 80 } }).length, 1);
  t.is(taken({ haproxy: { ...config([]).haproxy, peers: [{ name: 'a', address: parseBind('198.51.100.10:80') }] } }).length, 1);
});

test('a listen of podfront.yaml of the same name wins', (t) => {
  t.deepEqual(served(service('web'), { listens: [listen({ name: 'default_web_80' })] }), {
    listens: [],
    told: ['AllocationFailed: podfront.yaml has a listen of the name default_web_80'],
  });
});

test('a Service is of the class by its class, its type and its namespace', (t) => {
  const of = (given: Partial<Service>, more: Partial<LoadBalancerConfig> = {}) =>
    isOfClass({ loadBalancer: { ...loadBalancer, ...more } }, 'me', service('web', given));
  t.true(of({}));
  t.false(of({ type: 'ClusterIP' }));
  t.false(of({ loadBalancerClass: 'other/class' }));
  t.false(of({}, { namespaces: ['shop'] }));
  t.true(of({ namespace: 'shop' }, { namespaces: ['shop'] }));
  t.false(of({ loadBalancerClass: null }));
  t.true(of({ loadBalancerClass: null }, { default: true }));
  const published = [{ address: address('203.0.113.1'), ports: [80] }];
  t.false(of({ loadBalancerClass: null, published, writer: 'metallb' }, { default: true }), 'another implementation serves it');
  t.true(of({ loadBalancerClass: null, published, writer: 'me' }, { default: true }));
  t.false(isOfClass({ loadBalancer: null }, 'me', service('web')));
});

test('before the first Service HAProxy has an address of its own to start with, and none afterwards', (t) => {
  const idle: Config = { ...with_(), haproxy: { ...config([]).haproxy, stats: null } };
  t.regex(render(idle, [], { tcp: false, payload: 8192, warnings: [] }), /^listen _stats\n {4}bind abns@podfront-[0-9a-f]{16}\n/m);
  t.notRegex(render({ ...idle, listens: [listen()] }, [], { tcp: false, payload: 8192, warnings: [] }), /abns/);
});

test('a Service with a thousand faults has twenty Events', (t) => {
  const sourceRanges = Array.from({ length: 1_000 }, (_, i) => `none-${i}`);
  const all = balance(with_(), nothingListed, [service('web', { sourceRanges })], true);
  const [publication] = publicationsOf(all, { binds: new Map(), heldBack: new Map() });
  t.is(publication?.events.length, 20);
});
