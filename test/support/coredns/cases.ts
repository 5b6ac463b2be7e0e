import type { Config, Listen } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import type { Observation } from '../../../src/source/observation.ts';
import type { ClusterSpec, Pod, ServiceSpec } from './api-double.ts';

const http = { name: 'http', port: 80, target: 8080 };
const admin = { name: 'admin', port: 81, target: 9090 };
const unnamed = { name: null, port: 80, target: 8080 };

/** Addresses of `127.1.<net>.1` and up; all of them on this machine. */
export function pods(count: number, net: number): readonly Pod[] {
  return Array.from({ length: count }, (_, i) => ({ address: `127.1.${net + Math.floor(i / 250)}.${(i % 250) + 1}` }));
}

function headless(name: string, of: readonly Pod[], ports: ServiceSpec['ports'] = [http]): ServiceSpec {
  return { name, namespace: 'default', clusterIPs: ['None'], ports, pods: of };
}

/** The cluster of the suites. */
export const cluster: ClusterSpec = {
  namespaces: ['default', 'kube-system'],
  services: [
    { name: 'clusterip', namespace: 'default', clusterIPs: ['127.0.9.1'], ports: [http], pods: pods(3, 1) },
    { name: 'clusterip-idle', namespace: 'default', clusterIPs: ['127.0.9.2'], ports: [http], pods: [] },
    headless('none', []),
    headless('one', pods(1, 2)),
    headless('thirty', pods(30, 3)),
    headless('hundred', pods(100, 4)),
    headless('thousand', pods(1000, 5)),
    headless('enormous', pods(5000, 40)),
    headless('unnamed', pods(2, 10), [unnamed]),
    headless('two-ports', pods(2, 11), [http, admin]),
    headless('named-pods', [
      { address: '127.1.12.1', hostname: 'alpha' },
      { address: '127.1.12.2', hostname: 'beta' },
    ]),
    headless('waiting', [{ address: '127.1.13.1' }, { address: '127.1.13.2', ready: false }]),
    { ...headless('dual', [{ address: '127.1.14.1' }, { address: 'fd00:1::1' }]), clusterIPs: ['None'] },
    headless('six', [{ address: 'fd00:1::2' }, { address: 'fd00:1::3' }]),
    { name: 'elsewhere', namespace: 'default', clusterIPs: [], ports: [], pods: [], externalName: 'www.example.org' },
  ],
};

/** What is expected of a listen. */
export interface Expected {
  readonly records: Observation['records'];
  readonly state: Observation['state'];
  readonly count?: number;
  /** The endpoints themselves, where they are few. */
  readonly endpoints?: readonly string[];
  /** Code of the warning or the problem. */
  readonly code?: string;
}

export interface Case {
  readonly title: string;
  readonly listen: string;
  readonly expected: Expected;
  /** Where a CoreDNS of 1.9 or newer, which has no wildcards, makes a difference. */
  readonly without?: Expected;
}

const unseen: Expected = { records: 'service', state: 'failed', code: 'dns.pods-unseen' };

export const cases: readonly Case[] = [
  {
    title: 'a ClusterIP service',
    listen: 'serviceName: clusterip, podPort: 8080',
    expected: { records: 'wildcard', state: 'found', endpoints: ['127.1.1.1 8080', '127.1.1.2 8080', '127.1.1.3 8080'] },
    without: unseen,
  },
  {
    title: 'a ClusterIP service without a ready pod',
    listen: 'serviceName: clusterip-idle, podPort: 8080',
    expected: { records: 'wildcard', state: 'empty', code: 'dns.none-ready' },
    without: unseen,
  },
  {
    title: 'a ClusterIP service with a named port',
    listen: 'serviceName: clusterip, podPort: http, binds: ["127.0.0.1:80"]',
    expected: unseen,
  },
  {
    title: 'a ClusterIP service with fallbackServicePort',
    listen: 'serviceName: clusterip-idle, podPort: http, fallbackServicePort: 80, binds: ["127.0.0.1:80"]',
    expected: { records: 'service', state: 'found', endpoints: [], code: 'dns.pods-unseen-fallback' },
  },
  {
    title: 'servicePort',
    listen: 'serviceName: clusterip, servicePort: 80',
    expected: { records: 'service', state: 'found', endpoints: ['127.0.9.1 80'] },
  },
  {
    title: 'a headless service whose fallback is another one with a ClusterIP',
    listen: 'serviceName: one, podPort: 8080, fallbackServicePort: 80, fallbackServiceName: clusterip',
    expected: { records: 'headless', state: 'found', endpoints: ['127.1.2.1 8080'] },
  },
  {
    title: 'a headless service as its own fallback',
    listen: 'serviceName: one, podPort: 8080, fallbackServicePort: 80',
    expected: { records: 'headless', state: 'found', endpoints: ['127.1.2.1 8080'], code: 'dns.fallback-headless' },
  },
  {
    title: 'servicePort of a headless service',
    listen: 'serviceName: one, servicePort: 80',
    expected: { records: 'service', state: 'failed', code: 'dns.no-cluster-ip' },
  },
  {
    title: 'a headless service without a pod',
    listen: 'serviceName: none, podPort: 8080',
    expected: { records: 'headless', state: 'empty', code: 'dns.no-pods' },
  },
  {
    title: 'a headless service with one pod',
    listen: 'serviceName: one, podPort: 8080',
    expected: { records: 'headless', state: 'found', endpoints: ['127.1.2.1 8080'] },
  },
  {
    title: 'a headless service with 30 pods',
    listen: 'serviceName: thirty, podPort: 8080',
    expected: { records: 'headless', state: 'found', count: 30 },
  },
  {
    title: 'a headless service with 100 pods',
    listen: 'serviceName: hundred, podPort: 8080',
    expected: { records: 'headless', state: 'found', count: 100 },
  },
  {
    title: 'a headless service with 1,000 pods',
    listen: 'serviceName: thousand, podPort: 8080',
    expected: { records: 'headless', state: 'found', count: 1000 },
  },
  {
    title: '30 pods by a named port',
    listen: 'serviceName: thirty, podPort: http, binds: ["127.0.0.1:80"]',
    expected: { records: 'srv', state: 'found', count: 30 },
  },
  {
    title: '100 pods by a named port',
    listen: 'serviceName: hundred, podPort: http, binds: ["127.0.0.1:80"]',
    expected: { records: 'srv', state: 'found', count: 100 },
  },
  {
    title: 'a port that has no name, asked for by one',
    listen: 'serviceName: unnamed, podPort: http, binds: ["127.0.0.1:80"]',
    expected: { records: 'srv', state: 'empty', code: 'dns.no-such-port' },
  },
  {
    title: 'one of two ports of a pod',
    listen: 'serviceName: two-ports, podPort: admin, binds: ["127.0.0.1:80"]',
    expected: { records: 'srv', state: 'found', endpoints: ['127.1.11.1 9090', '127.1.11.2 9090'] },
  },
  {
    title: 'pods with hostnames',
    listen: 'serviceName: named-pods, podPort: http, binds: ["127.0.0.1:80"]',
    expected: { records: 'srv', state: 'found', endpoints: ['127.1.12.1 8080', '127.1.12.2 8080'] },
  },
  {
    title: 'a pod that is not ready',
    listen: 'serviceName: waiting, podPort: 8080',
    expected: { records: 'headless', state: 'found', endpoints: ['127.1.13.1 8080'] },
  },
  {
    title: 'pods of both families',
    listen: 'serviceName: dual, podPort: 8080',
    expected: { records: 'headless', state: 'found', endpoints: ['127.1.14.1 8080'] },
  },
  {
    title: 'pods of both families by a named port',
    listen: 'serviceName: dual, podPort: http, binds: ["127.0.0.1:80"]',
    expected: { records: 'srv', state: 'found', endpoints: ['127.1.14.1 8080'], code: 'dns.both-families' },
  },
  {
    title: 'IPv6 pods',
    listen: 'serviceName: six, podPort: 8080',
    expected: { records: 'headless', state: 'found', endpoints: ['fd00:1::2 8080', 'fd00:1::3 8080'] },
  },
  {
    title: 'an ExternalName that leads nowhere',
    listen: 'serviceName: elsewhere, podPort: 8080',
    expected: { records: 'headless', state: 'failed', code: 'dns.external-name-dead' },
  },
  {
    title: 'a missing service',
    listen: 'serviceName: nope, podPort: 8080',
    expected: { records: 'headless', state: 'empty', code: 'dns.no-pods' },
  },
  {
    title: 'a missing namespace',
    listen: 'serviceName: nope, namespace: nope, podPort: 8080',
    expected: { records: 'headless', state: 'empty', code: 'dns.no-such-namespace' },
  },
  {
    title: 'records: wildcard on a headless service',
    listen: 'serviceName: thirty, podPort: 8080, records: wildcard',
    expected: { records: 'wildcard', state: 'found', count: 30 },
    without: { records: 'wildcard', state: 'failed', code: 'dns.no-wildcards' },
  },
];

/** The one listen of a case, under a cluster whose networks are of this machine. */
export function configOf({ listen }: Case): { readonly config: Config; readonly listens: readonly Listen[] } {
  const networks = 'serviceNetworks: [127.0.9.0/24], podNetworks: [127.1.0.0/16, "fd00:1::/64"]';
  const config = parseConfig(`cluster: {nameservers: [127.0.0.1], ${networks}}\nlisten: {it: {${listen}}}\n`, 'podfront.yaml');
  return { config, listens: config.listens };
}

/** An observation as a case speaks of it. */
export function seen({ records, state, endpoints, problem, warnings }: Observation, like: Expected): Expected {
  const code = problem?.code ?? warnings[0]?.code;
  return {
    records,
    state,
    ...(like.count !== undefined && { count: endpoints.length }),
    ...(like.endpoints !== undefined && { endpoints: endpoints.map(({ address, port }) => `${address.text} ${port}`) }),
    ...(code !== undefined && { code }),
  };
}
