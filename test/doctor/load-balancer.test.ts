import test from 'ava';
import type { Config } from '../../src/config/config.ts';
import { judgeLease, judgePool } from '../../src/doctor/load-balancer.ts';
import { parseRange } from '../../src/ip/range.ts';
import { leaseObject } from '../../src/load-balancer/lease-record.ts';
import { serveServices } from '../../src/load-balancer/services-to-listens.ts';
import { address, config } from '../support/config-sample.ts';
import { service } from '../support/service-sample.ts';

const setup: Config = {
  ...config([]),
  loadBalancer: {
    class: 'podfront/haproxy',
    default: false,
    addresses: ['198.51.100.10'].flatMap((text) => parseRange(text) ?? []),
    namespaces: [],
    leaseNamespace: 'kube-system',
  },
};
const web = service('web');

test('a pool without a free address fails, and names the Services without one', (t) => {
  const check = judgePool(serveServices(setup, [web, service('late', { createdAt: 1 })], new Map()));
  t.is(check.result, 'fail');
  t.is(check.seen, 'default/late: no IPv4 address of loadBalancer.addresses is free for port 80');
});

test('a Service that kept an address outside the pool is a warning', (t) => {
  const given = new Map([[web.uid, [{ address: address('203.0.113.9'), ports: [80] }]]]);
  t.like(judgePool(serveServices(setup, [web], given)), { result: 'warn' });
  t.like(judgePool(serveServices(setup, [web], new Map())), { result: 'pass' });
});

const now = Date.UTC(2026, 0, 1);
const held = (holder: string, renewed: number) => ({
  ...(leaseObject('podfront-x', 'kube-system', {
    resourceVersion: '7',
    holder,
    duration: 10_000,
    acquireTime: '',
    renewTime: new Date(renewed).toISOString(),
    transitions: 0,
    members: ['vm1', 'vm2'],
  }) as object),
});

for (const [title, status, body, result, seen] of [
  ['held and renewed', 200, held('vm1', now - 3_000), 'pass', 'vm1 holds kube-system/podfront-x, renewed 3 s ago; 2 VMs take part'],
  ['not renewed for long', 200, held('vm1', now - 300_000), 'fail', 'vm1 holds kube-system/podfront-x, renewed 300 s ago; 2 VMs take part'],
  ['let go', 200, held('', now), 'fail', 'nobody holds kube-system/podfront-x'],
  ['not there', 404, null, 'warn', 'there is no Lease kube-system/podfront-x: no VM has written yet'],
  ['forbidden', 403, { message: 'no' }, 'fail', 'kube-system/podfront-x cannot be read: HTTP status 403'],
] as const) {
  test(`the lease: ${title}`, (t) => {
    t.like(judgeLease('kube-system/podfront-x', status, body, now), { result, seen });
  });
}
