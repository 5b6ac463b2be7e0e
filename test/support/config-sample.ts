import type { Config, Listen } from '../../src/config/config.ts';
import { type Address, parseAddress } from '../../src/ip/address.ts';
import type { Endpoint, Observation } from '../../src/source/observation.ts';

/** Values for tests of the pure part: a configuration and observations as the road would have them, with what matters set by the test. */

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`${text} is no address`);
  return parsed;
}

export function listen(given: Partial<Listen> = {}): Listen {
  const { name = 'ingress' } = given;
  return {
    name,
    binds: [{ text: '127.0.0.1:8443', host: address('127.0.0.1'), firstPort: 8443, lastPort: 8443, tls: null }],
    hosts: [],
    serviceName: name,
    namespace: 'default',
    destination: { kind: 'pods', port: 443 },
    records: 'auto',
    fallbackServicePort: null,
    fallbackServiceName: null,
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
    ...given,
  };
}

export function config(
  listens: readonly Listen[],
  haproxy: Partial<Config['haproxy']> = {},
  cluster: Partial<Config['cluster']> = {},
): Config {
  return {
    file: 'podfront.yaml',
    cluster: {
      domain: 'cluster.local',
      nameservers: [{ address: address('127.0.0.1'), port: 53, transport: 'udp' }],
      serviceNetworks: [],
      podNetworks: [],
      dashboardClusterIP: null,
      existingNetworks: [],
      master: null,
      nodes: [],
      api: null,
      ...cluster,
    },
    haproxy: {
      output: '/etc/haproxy/haproxy.cfg',
      layout: 'full',
      with: [],
      binary: 'haproxy',
      version: 'auto',
      reload: { kind: 'none' },
      socket: null,
      warnings: 'allow',
      templates: null,
      global: [],
      defaults: [],
      stats: null,
      peers: [],
      localPeer: null,
      ...haproxy,
    },
    status: null,
    pace: { poll: 1000, settle: { min: 200, max: 5000 }, drain: 3_600_000, reloadEvery: 10_000, keepLost: 0.5 },
    listens,
    loadBalancer: null,
  };
}

/** `10.1.3.7` or `10.1.3.7:8443`; the port is 443 unless given. */
export function endpoint(text: string): Endpoint {
  const [host = '', port = '443'] = text.split(':');
  return { address: address(host), port: Number(port), details: null };
}

export function observed(of: Listen, pods: readonly string[] = [], given: Partial<Observation> = {}): Observation {
  const service = `${of.serviceName}.${of.namespace}.svc.cluster.local`;
  return {
    listen: of,
    service,
    records: 'headless',
    why: 'the test says so',
    kind: 'pods',
    state: pods.length > 0 ? 'found' : 'empty',
    resolution: { kind: 'name', name: service },
    endpoints: pods.map(endpoint),
    family: 4,
    otherFamily: 0,
    serviceAddresses: [],
    backup: null,
    fallback:
      typeof of.fallbackServicePort === 'number' ? `${of.fallbackServiceName ?? of.serviceName}.${of.namespace}.svc.cluster.local` : null,
    leftOut: [],
    unready: [],
    warnings: [],
    problem: null,
    evidence: { kind: 'none' },
    ...given,
  };
}

/** What the Kubernetes API says of a Service: `name 10.1.3.7:8443`, `name 10.1.3.7 draining`. */
export function observedEndpoints(of: Listen, pods: readonly string[] = [], given: Partial<Observation> = {}): Observation {
  const endpoints = pods.map((text): Endpoint => {
    const [pod = '', at = '', draining] = text.split(' ');
    return { ...endpoint(at), details: { pod, node: null, zone: null, ready: draining === undefined, draining: draining !== undefined } };
  });
  return observed(of, [], {
    ...{ records: 'endpoints', resolution: { kind: 'address' }, state: pods.length > 0 ? 'found' : 'empty', endpoints },
    ...given,
  });
}

/** `n` pods on loopback, in order. */
export function podAddresses(n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => `127.1.${Math.floor(i / 250)}.${(i % 250) + 1}`);
}
