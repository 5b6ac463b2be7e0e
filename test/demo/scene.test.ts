import test from 'ava';
import { addressesFrom, readScene, scaled, withPodPort } from '../../demo/scene.ts';

test('A scene is read with its defaults', (t) => {
  const { namespaces, services } = readScene(
    'namespaces: [empty]\nservices: [{name: web, headless: true, ports: [{port: 80}], pods: {first: 127.0.1.1, count: 1}}]',
  );
  const address = { family: 4, value: 0x7f000101n, text: '127.0.1.1' };
  t.deepEqual(namespaces, ['empty', 'default']);
  t.deepEqual(services as unknown, [
    {
      namespace: 'default',
      name: 'web',
      reached: { kind: 'headless' },
      ports: [{ name: null, protocol: 'tcp', port: 80, targetPort: 80 }],
      endpoints: [{ address, hostname: null, ready: true }],
      firstPod: address,
    },
  ]);
  t.deepEqual(readScene(''), { namespaces: [], services: [] });
});

test('An address off this machine is refused: HAProxy would send its checks there', (t) => {
  for (const address of ['10.1.0.1', '128.0.0.1', '::2', '::ffff:127.0.0.1', 'web']) {
    t.throws(() => readScene(`services: [{name: web, headless: true, endpoints: [{address: "${address}"}]}]`), {
      message: /^default\/web: .* is (no|not a loopback) address$/,
    });
  }
});

test('A service is of exactly one kind', (t) => {
  for (const kind of [
    '',
    ', headless: false',
    ', headless: true, clusterIPs: [127.0.0.1]',
    ', clusterIPs: [127.0.0.1], externalName: a.b',
  ]) {
    t.throws(() => readScene(`services: [{name: web${kind}}]`), {
      message: 'default/web: exactly one of clusterIPs, headless and externalName',
    });
  }
});

test('Growth passes over addresses that are taken, and needs to know where to start', (t) => {
  const [some, fixed] = readScene(`
services:
  - {name: web, headless: true, pods: {first: 127.0.1.254, count: 1}, endpoints: [{address: 127.0.1.255, ready: false}]}
  - {name: one, headless: true, endpoints: [{address: 127.0.2.1}]}
`).services;
  if (some === undefined || fixed === undefined) throw new Error('two services were written');
  t.deepEqual(
    scaled(some, 3).endpoints.map(({ address }) => address.text),
    ['127.0.1.254', '127.0.2.0', '127.0.2.1'],
  );
  t.is(scaled(fixed, 1).endpoints.length, 1);
  t.throws(() => scaled(fixed, 2), { message: 'default/one: cannot grow without pods.first' });
});

test('The port of the pods can be set when it is known', (t) => {
  const scene = withPodPort(
    readScene('services: [{name: web, headless: true, ports: [{name: http, port: 80}, {name: metrics, port: 90}]}]'),
    8080,
  );
  t.deepEqual(
    scene.services[0]?.ports.map(({ port, targetPort }) => [port, targetPort]),
    [
      [80, 8080],
      [90, 8080],
    ],
  );
});

test('Addresses follow each other over the end of an octet', (t) => {
  t.deepEqual(
    addressesFrom('127.0.0.255', 2).map(({ text }) => text),
    ['127.0.0.255', '127.0.1.0'],
  );
});
