import test from 'ava';
import fc from 'fast-check';
import { readService, readSlice } from '../../../src/source/kubernetes/objects.ts';
import { draining, ready, serviceJson, sliceJson } from '../../support/kubernetes/samples.ts';

test('an EndpointSlice is read with its ports, and with what its conditions come to', (t) => {
  const endpoints = [
    { ...ready('10.1.0.1', 'web-a'), nodeName: 'node1', zone: 'zone1' },
    { addresses: ['10.1.0.2'] },
    { addresses: ['10.1.0.3'], conditions: { ready: null } },
    draining('10.1.0.4'),
    { addresses: ['10.1.0.5'], conditions: { ready: false, serving: false, terminating: true } },
    { addresses: ['10.1.0.6'], conditions: { ready: false } },
    { addresses: ['10.1.0.7'], conditions: { ready: true, serving: true, terminating: true } },
  ];
  const read = readSlice(sliceJson(endpoints, { ports: [{ port: 8080 }, { name: 'dns', port: 53, protocol: 'UDP' }] }));
  t.is(read?.kind, 'read');
  if (read?.kind !== 'read') return;
  t.deepEqual([...read.object.ports], [['', 8080]]);
  t.deepEqual(
    read.object.endpoints.map(({ address, state }) => `${address.text} ${state}`),
    [
      '10.1.0.1 ready',
      '10.1.0.2 ready',
      '10.1.0.3 ready',
      '10.1.0.4 draining',
      '10.1.0.5 down',
      '10.1.0.6 unready',
      // publishNotReadyAddresses: the cluster says ready, whatever the pod does.
      '10.1.0.7 ready',
    ],
  );
  t.deepEqual(read.object.endpoints[0]?.details, { pod: 'web-a', node: 'node1', zone: 'zone1', ready: true, draining: false });
});

const lies: readonly (readonly [string, unknown])[] = [
  ['an address that is none', sliceJson([ready('10.1.0.1'), ready('10.1.0')])],
  ['an address of the other family', sliceJson([ready('fd00::1')])],
  ['an address with a newline', sliceJson([ready('10.1.0.1\nserver x 192.0.2.1:1')])],
  ['no address', sliceJson([{ addresses: [] }])],
  ['an endpoint that is no mapping', sliceJson([7 as never])],
  ['port 0', sliceJson([ready('10.1.0.1')], { ports: [{ name: 'http', port: 0 }] })],
  ['a port with a fraction', sliceJson([ready('10.1.0.1')], { ports: [{ name: 'http', port: 80.5 }] })],
  ['the name of a port with a space', sliceJson([ready('10.1.0.1')], { ports: [{ name: 'ht tp', port: 80 }] })],
  ['100,000 endpoints', sliceJson(Array.from({ length: 100_000 }, () => ready('10.1.0.1')))],
  ['100,000 ports', sliceJson([], { ports: Array.from({ length: 100_000 }, () => ({ name: 'http', port: 80 })) })],
  ['another addressType', sliceJson([], { family: 'IPv5' as never })],
];
for (const [what, json] of lies) {
  test(`an EndpointSlice with ${what} is refused, with its name and the reason`, (t) => {
    t.like(readSlice(json), { kind: 'refused', namespace: 'default', name: 'web-1', service: 'web' });
  });
}

test('an EndpointSlice of no Service or of host names is ignored, and one without a valid name is nothing', (t) => {
  t.is(readSlice(sliceJson([], { service: '' }))?.kind, 'ignored');
  t.is(readSlice(sliceJson([], { family: 'FQDN' as never }))?.kind, 'ignored');
  t.is(readSlice(sliceJson([], { name: 'a\nb' })), null);
  t.is(readSlice(sliceJson([], { namespace: '../x' })), null);
  for (const value of [null, undefined, 7, 'x', [], {}]) t.is(readSlice(value), null);
});

test('names that are none are left out, and the endpoint is used', (t) => {
  const odd = { ...ready('10.1.0.1', 'a\nb'), nodeName: 'a b', zone: '$(x)' };
  const read = readSlice(sliceJson([odd]));
  t.like(read?.kind === 'read' ? read.object.endpoints[0] : null, { details: { pod: null, node: null, zone: null }, state: 'ready' });
});

test('a Service is read with its ClusterIPs and TCP ports', (t) => {
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'https', port: 443, targetPort: 'tls' },
    { name: 'plain', port: 81 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  const read = readService(serviceJson({ clusterIPs: ['10.0.0.7', 'fd00::7'], ports }));
  if (read?.kind !== 'read') return t.fail();
  t.deepEqual(
    read.object.clusterIPs.map(({ text }) => text),
    ['10.0.0.7', 'fd00::7'],
  );
  t.deepEqual(
    read.object.ports.map(({ name, port, targetPort }) => [name, port, targetPort]),
    [
      ['http', 80, 8080],
      ['https', 443, 'tls'],
      ['plain', 81, null],
    ],
  );
  const headless = readService(serviceJson({ clusterIP: 'None', clusterIPs: ['None'] }));
  t.deepEqual(headless?.kind === 'read' ? headless.object.clusterIPs : null, []);
});

test('a Service that is not what a cluster makes is refused', (t) => {
  for (const spec of [
    { type: 'Other' },
    { clusterIPs: ['x'] },
    { ports: [{ port: 70_000 }] },
    { ports: [{ port: 80, targetPort: 'a b' }] },
  ])
    t.is(readService(serviceJson(spec))?.kind, 'refused', JSON.stringify(spec));
});

test('whatever an object is, reading it ends with a result', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (spec, endpoints, ports) => {
      const metadata = { name: 'a', namespace: 'b', labels: { 'kubernetes.io/service-name': 'c' } };
      readService({ metadata, spec });
      const read = readSlice({ metadata, addressType: 'IPv4', endpoints, ports });
      if (read?.kind === 'read') for (const { address } of read.object.endpoints) if (address.family !== 4) return false;
      return true;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
