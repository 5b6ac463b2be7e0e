import test from 'ava';
import { initialLoopState } from '../../src/daemon/events.ts';
import { withServices } from '../../src/daemon/service-listens.ts';
import { loadBalancerPart, servicesStatus } from '../../src/daemon/services-status.ts';
import { parseRange } from '../../src/ip/range.ts';
import { emptyHistory } from '../../src/status/history.ts';
import { samplesOf } from '../../src/status/metrics.ts';
import { statusPage } from '../../src/status/page/page.ts';
import { viewOf } from '../../src/status/page/view.ts';
import { statusAsText } from '../../src/status/report.ts';
import { config } from '../support/config-sample.ts';
import { status as sampleStatus } from '../support/page/sample.ts';
import { service } from '../support/service-sample.ts';

const loadBalancer = {
  class: 'podfront/haproxy',
  default: false,
  addresses: ['198.51.100.10'].flatMap((text) => parseRange(text) ?? []),
  namespaces: [],
  leaseNamespace: 'kube-system',
};
const file = { ...config([]), loadBalancer };
const services = [
  service('web'),
  service('late', { createdAt: 1 }),
  service('bad', { annotations: new Map([['mode', '<quic>']]), createdAt: 2 }),
];
const { state: loop } = withServices(initialLoopState(file, 0), file, services);

test('each Service has its address, its ports, its state and what is wrong with it', (t) => {
  t.deepEqual(servicesStatus(loop, null), [
    { service: 'default/web', addresses: ['198.51.100.10'], ports: [80], state: 'pending', pods: 0, problems: [] },
    {
      service: 'default/late',
      addresses: [],
      ports: [],
      state: 'failed',
      pods: 0,
      problems: ['no IPv4 address of loadBalancer.addresses is free for port 80'],
    },
    {
      service: 'default/bad',
      addresses: [],
      ports: [],
      state: 'failed',
      pods: 0,
      problems: [
        'no IPv4 address of loadBalancer.addresses is free for port 80',
        'annotation podfront/mode: expected tcp or http, got "<quic>"; write tcp or http',
      ],
    },
  ]);
});

test('the part says who writes, and there is none without loadBalancer', (t) => {
  t.deepEqual(loadBalancerPart(initialLoopState(config([]), 0)), []);
  t.deepEqual(loadBalancerPart({ ...loop, services: { ...loop.services, election: { holder: 'vm2_1', place: 1, problem: null } } }), [
    {
      name: 'Services of type LoadBalancer',
      facts: {
        Class: 'podfront/haproxy',
        Lease: 'kube-system/podfront-podfront-haproxy',
        Writer: 'vm2_1',
        Addresses: '198.51.100.10',
        Services: 3,
      },
      problem: null,
    },
  ]);
});

test('the text, the page and the metrics show them, and the page escapes what users write', (t) => {
  const status = { ...sampleStatus({}), services: servicesStatus(loop, null), parts: loadBalancerPart(loop) };
  t.regex(statusAsText(status), /^default\/web {2}198\.51\.100\.10 {2}port 80 {2}0 pods {2}pending$/m);
  const page = statusPage(status, emptyHistory, viewOf(new URLSearchParams()), { style: '', script: '', build: '' }, 0);
  t.true(page.includes('Services of type LoadBalancer'));
  t.false(page.includes('<quic>'));
  const samples = samplesOf(status).filter(({ name }) => name.startsWith('podfront_loadbalancer_'));
  t.deepEqual(
    samples.map(({ name, labels, value }) => `${name} ${Object.values(labels).join()} ${value}`),
    [
      'podfront_loadbalancer_services served 0',
      'podfront_loadbalancer_services not written 0',
      'podfront_loadbalancer_services pending 1',
      'podfront_loadbalancer_services failed 2',
      'podfront_loadbalancer_leader  0',
    ],
  );
});
