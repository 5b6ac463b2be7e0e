import test from 'ava';
import type { Listen } from '../../../src/config/config.ts';
import { parseNetwork } from '../../../src/ip/network.ts';
import { problem } from '../../../src/problem/problem.ts';
import { classifierFor } from '../../../src/source/classify-address.ts';
import { mergeSlices } from '../../../src/source/kubernetes/merge-slices.ts';
import { observeListen, type ServiceView } from '../../../src/source/kubernetes/observe.ts';
import { address, config, listen } from '../../support/config-sample.ts';
import { draining, ready, serviceJson, sliceJson, sliceObject, view } from '../../support/kubernetes/samples.ts';

const network = (text: string) => parseNetwork(text) ?? fail(text);
function fail(text: string): never {
  throw new Error(text);
}
const cluster = {
  podNetworks: [network('10.1.0.0/16'), network('fd00:1::/64')],
  serviceNetworks: [network('10.0.0.0/24'), network('fd00::/112')],
};
const server = { name: 'api.example.org:6443', warnings: [] };

function observed(of: ServiceView, given: Partial<Listen> = {}, backup: ServiceView | null = null) {
  const one = listen({
    name: 'web',
    records: 'endpoints',
    destination: { kind: 'pods', port: 8080 },
    fallbackServicePort: 'auto',
    ...given,
  });
  const all = config([one], {}, cluster);
  return observeListen(all, one, { own: of, backup }, server, classifierFor(all, [address('192.0.2.1')]));
}

function shown({ endpoints }: ReturnType<typeof observed>): readonly string[] {
  return endpoints.map(({ address: { text }, port, details }) => {
    const state = details?.draining === true ? ' draining' : details?.ready === true ? '' : ' not ready';
    return `${text}:${port}${state}`;
  });
}

const codes = ({ warnings }: ReturnType<typeof observed>) => warnings.map(({ code }) => code);

test('the ready endpoints of all slices are found, with the ClusterIP on the port that leads to theirs', (t) => {
  const it = observed(view([sliceJson([ready('10.1.0.2', 'web-b')]), sliceJson([ready('10.1.0.1', 'web-a')], { name: 'web-2' })]));
  t.like(it, { state: 'found', kind: 'pods', records: 'endpoints', resolution: { kind: 'address' }, family: 4, problem: null });
  t.deepEqual(shown(it), ['10.1.0.1:8080', '10.1.0.2:8080']);
  t.like(it.backup, { address: { text: '10.0.0.7' }, port: 80 });
  t.like(it.evidence, { kind: 'kubernetes', server: 'api.example.org:6443', service: { type: 'ClusterIP', clusterIPs: ['10.0.0.7'] } });
});

test('an endpoint in two slices counts once, in its best state', (t) => {
  const slices = [sliceJson([draining('10.1.0.1')]), sliceJson([ready('10.1.0.1'), ready('10.1.0.2')], { name: 'web-2' })];
  t.deepEqual(shown(observed(view(slices))), ['10.1.0.1:8080', '10.1.0.2:8080']);
  t.deepEqual(shown(observed(view(slices.reverse()))), ['10.1.0.1:8080', '10.1.0.2:8080']);
});

test('terminating endpoints are drained while others are ready, and used while none is', (t) => {
  t.deepEqual(shown(observed(view([sliceJson([draining('10.1.0.1'), ready('10.1.0.2')])]))), ['10.1.0.1:8080 draining', '10.1.0.2:8080']);
  t.deepEqual(shown(observed(view([sliceJson([draining('10.1.0.1'), draining('10.1.0.2')])]))), [
    '10.1.0.1:8080 not ready',
    '10.1.0.2:8080 not ready',
  ]);
});

test('a named port is looked up in each slice', (t) => {
  const named = { destination: { kind: 'pods', port: { name: 'http' } } } as const;
  const slices = [
    sliceJson([ready('10.1.0.1')]),
    sliceJson([ready('10.1.0.2')], { name: 'web-2', ports: [{ name: 'http', port: 8081 }] }),
    sliceJson([ready('10.1.0.3')], { name: 'web-3', ports: [{ name: 'other', port: 8082 }] }),
  ];
  const it = observed(view(slices), named);
  t.deepEqual(shown(it), ['10.1.0.1:8080', '10.1.0.2:8081']);
  t.is(it.backup?.port, 80);
  const none = observed(view(slices), { destination: { kind: 'pods', port: { name: 'grpc' } } });
  t.like(none, { state: 'empty', problem: null, backup: null });
  t.deepEqual(codes(none), ['api.no-such-port']);
  t.regex(none.warnings[0]?.message ?? '', /web\.default\.svc\.cluster\.local has no TCP port named grpc; it has http, other/);
});

test('one family is used: IPv4 where there is any, and the ClusterIP of the same', (t) => {
  const dual = serviceJson({ clusterIPs: ['10.0.0.7', 'fd00::7'] });
  const six = sliceJson([ready('fd00:1::1')], { name: 'web-6', family: 'IPv6' });
  t.deepEqual(shown(observed(view([sliceJson([ready('10.1.0.1')]), six], dual))), ['10.1.0.1:8080']);
  const only = observed(view([sliceJson([]), six], dual));
  t.like(only, { family: 6, backup: { address: { text: 'fd00::7' }, port: 80 } });
  t.deepEqual(shown(only), ['fd00:1::1:8080']);
});

test('the backup is none where the Service is headless, or it is turned off, and the port that was chosen', (t) => {
  const slices = [sliceJson([ready('10.1.0.1')])];
  t.is(observed(view(slices, serviceJson({ clusterIPs: ['None'] }))).backup, null);
  t.is(observed(view(slices), { fallbackServicePort: null }).backup, null);
  t.is(observed(view(slices), { fallbackServicePort: 8443 }).backup?.port, 8443);
  t.is(observed(view(slices), { destination: { kind: 'pods', port: 9000 } }).backup, null);
  const numbers = serviceJson({ ports: [{ port: 81, targetPort: 8081 }, { port: 8080 }] });
  t.is(observed(view([], numbers)).backup?.port, 8080);
});

test('no Service, no slices, and no ready endpoint are empty for a reason each', (t) => {
  t.deepEqual(codes(observed(view([], null))), ['api.no-service']);
  t.deepEqual(codes(observed(view([], serviceJson({ selector: undefined })))), ['api.no-endpoints']);
  t.deepEqual(codes(observed(view([]))), ['api.none-ready']);
  t.deepEqual(codes(observed(view([sliceJson([{ addresses: ['10.1.0.1'], conditions: { ready: false } }])]))), ['api.none-ready']);
  for (const it of [view([], null), view([])]) t.like(observed(it), { state: 'empty', kind: 'pods', problem: null });
});

test('a Service without a selector is served by the slices made for it by hand', (t) => {
  t.deepEqual(shown(observed(view([sliceJson([ready('10.1.0.9')])], serviceJson({ selector: undefined })))), ['10.1.0.9:8080']);
});

test('an ExternalName has failed: it names no pods, and what was known stays', (t) => {
  const it = observed(
    view([], serviceJson({ type: 'ExternalName', externalName: 'db.example.org', clusterIP: undefined, clusterIPs: undefined })),
  );
  t.like(it, { state: 'failed', problem: { code: 'api.external-name' }, endpoints: [] });
  t.regex(it.problem?.message ?? '', /an alias for db\.example\.org/);
});

test('a Service that cannot be read and was never known has failed; one that was known goes on', (t) => {
  const lie = problem('api.object-refused', { kind: 'Service', name: 'web', namespace: 'default', why: 'a port is invalid' });
  t.like(observed({ ...view([], null), refused: [lie] }), { state: 'failed', problem: { code: 'api.object-refused' } });
  const known = observed({ ...view([sliceJson([ready('10.1.0.1')])]), refused: [lie] });
  t.like(known, { state: 'found' });
  t.deepEqual(codes(known), ['api.object-refused']);
});

test('addresses outside the pod networks are left out, and those of this host are a failure', (t) => {
  const outside = observed(view([sliceJson([ready('10.1.0.1'), ready('203.0.113.9')])]));
  t.deepEqual(shown(outside), ['10.1.0.1:8080']);
  t.deepEqual(codes(outside), ['dns.outside-networks']);
  t.like(observed(view([sliceJson([ready('192.0.2.1')])])), { state: 'failed', problem: { code: 'dns.forbidden-address' } });
  t.deepEqual(shown(observed(view([sliceJson([ready('203.0.113.9')])]), { outside: true })), ['203.0.113.9:8080']);
});

test('the ClusterIP is no backup where no traffic may go there, or it is outside the networks of the cluster', (t) => {
  const slices = [sliceJson([ready('10.1.0.1')])];
  for (const clusterIP of ['127.0.0.1', '0.0.0.0', '169.254.169.254', '192.0.2.1'])
    for (const of of [slices, []])
      t.like(
        observed(view(of, serviceJson({ clusterIPs: [clusterIP] }))),
        { state: 'failed', problem: { code: 'dns.forbidden-address' }, endpoints: [], backup: null },
        clusterIP,
      );
  const abroad = serviceJson({ clusterIPs: ['203.0.113.9'] });
  const left = observed(view(slices, abroad));
  t.like(left, { state: 'found', backup: null });
  t.deepEqual(codes(left), ['dns.outside-networks']);
  t.deepEqual(
    left.leftOut.map(({ text }) => text),
    ['203.0.113.9'],
  );
  t.like(observed(view([], abroad)), { state: 'empty', backup: null });
  t.like(observed(view(slices, abroad), { outside: true }), { backup: { address: { text: '203.0.113.9' }, port: 80 } });
  t.like(observed(view(slices, abroad), { fallbackServicePort: null }), { backup: null, leftOut: [], warnings: [] });
});

test('more than 10,000 endpoints are counted, and the first are used', (t) => {
  const slices = Array.from({ length: 11 }, (_, i) =>
    sliceObject(
      sliceJson(
        Array.from({ length: 1000 }, (_, j) => ready(`10.1.${i * 4 + Math.floor(j / 250)}.${(j % 250) + 1}`)),
        { name: `web-${i}` },
      ),
    ),
  );
  const merged = mergeSlices(slices, 8080);
  t.is(merged.endpoints.length, 10_000);
  t.is(merged.overflow, 1000);
  t.deepEqual(codes(observed({ ...view([]), slices })), ['api.too-many-endpoints']);
});

test('the backup may be another Service, and a missing or headless one is reported', (t) => {
  const given = { fallbackServicePort: 8443, fallbackServiceName: 'web-vip' };
  const headless = view([sliceJson([ready('10.1.0.1')])], serviceJson({ clusterIPs: ['None'] }));
  const vip = view([], serviceJson({ clusterIPs: ['10.0.0.9'] }, 'web-vip'));
  t.like(observed(headless, given, vip), { backup: { address: { text: '10.0.0.9' }, port: 8443 }, warnings: [] });
  const missing = observed(headless, given, view([], null));
  t.is(missing.backup, null);
  t.deepEqual(codes(missing), ['dns.fallback-missing']);
  const neither = observed(headless, { fallbackServicePort: 8443 });
  t.is(neither.backup, null);
  t.deepEqual(codes(neither), ['dns.fallback-headless']);
});
