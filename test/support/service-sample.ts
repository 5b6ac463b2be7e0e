import { type Service, serviceId } from '../../src/load-balancer/service.ts';

/** A Service of type LoadBalancer in namespace `default` with TCP port 80, with what matters set by the test. */
export function service(name: string, given: Partial<Service> = {}): Service {
  const { namespace = 'default' } = given;
  return {
    uid: `uid-${serviceId({ namespace, name }).replace('/', '-')}`,
    namespace,
    name,
    resourceVersion: '1',
    createdAt: 0,
    type: 'LoadBalancer',
    loadBalancerClass: 'podfront/haproxy',
    ports: tcp(80),
    portsLeftOut: 0,
    families: [4],
    familyPolicy: 'SingleStack',
    loadBalancerIP: null,
    sourceRanges: [],
    affinitySeconds: null,
    annotations: new Map(),
    published: [],
    ingress: '[]',
    writer: null,
    ...given,
  };
}

/** TCP ports; the first is unnamed when it is the only one. */
export function tcp(...ports: readonly number[]): Service['ports'] {
  return ports.map((port) => ({ name: ports.length === 1 ? '' : `p${port}`, protocol: 'TCP', port }));
}
