import test from 'ava';
import { accessObjects, objectPath } from '../../src/access/objects.ts';
import { permissionsOf } from '../../src/access/permissions.ts';
import { parseConfig } from '../../src/config/parse.ts';

const api = 'cluster: {api: {kubeconfig: /etc/podfront/kubeconfig}}\nhaproxy: {socket: /run/haproxy.sock}\n';

/** The permissions as lines. */
function lines(yaml: string): readonly string[] {
  return permissionsOf(parseConfig(yaml, 'podfront.yaml')).map(
    ({ namespace, group, resource, name, verbs }) =>
      `${namespace ?? '*'}: ${group === '' ? resource : `${group}/${resource}`}${name === null ? '' : ` ${name}`}: ${verbs.join(' ')}`,
  );
}

const read = (namespace: string) => [
  `${namespace}: services: get list watch`,
  `${namespace}: discovery.k8s.io/endpointslices: get list watch`,
];

test('without cluster.api nothing is needed, and nothing by listens that ask DNS or need no pods', (t) => {
  t.deepEqual(lines('listen: {web: {podPort: 80}}'), []);
  const dns = '{podPort: 80, records: headless, binds: ["127.0.0.1:1"]}';
  const service = '{servicePort: 80, binds: ["127.0.0.1:2"]}';
  t.deepEqual(lines(`${api}listen: {dns: ${dns}, service: ${service}}`), []);
});

test('each namespace of the listens that ask the API is read once, in the order of the names', (t) => {
  const yaml = `${api}listen:
  b: {podPort: 80, namespace: shop, binds: ["127.0.0.1:1"]}
  a: {podPort: 80, binds: ["127.0.0.1:2"]}
  c: {podPort: 81, namespace: shop, binds: ["127.0.0.1:3"]}
  d: {podPort: 81, records: headless, namespace: other, binds: ["127.0.0.1:4"]}
`;
  t.deepEqual(lines(yaml), [...read('default'), ...read('shop')]);
  t.deepEqual(accessObjects(permissionsOf(parseConfig(yaml, 'podfront.yaml'))).map(objectPath), [
    '/api/v1/namespaces/kube-system/serviceaccounts/podfront',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/podfront',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/podfront',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/podfront',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/podfront',
  ]);
});

test('loadBalancer needs to write the status of Services, Events, and one Lease; everywhere, or in its namespaces', (t) => {
  const lease = (namespace: string, name: string) => [
    `${namespace}: coordination.k8s.io/leases: create`,
    `${namespace}: coordination.k8s.io/leases ${name}: get update`,
  ];
  const write = (namespace: string) => [`${namespace}: services/status: update patch`, `${namespace}: events: create patch`];
  t.deepEqual(lines(`${api}listen: {a: {podPort: 80, namespace: shop}}\nloadBalancer: {addresses: [198.51.100.10]}`), [
    ...read('*'),
    ...write('*'),
    ...lease('kube-system', 'podfront-podfront-haproxy'),
  ]);
  const some = '{addresses: [198.51.100.10], namespaces: [two, one], class: example.org/front, leaseNamespace: one}';
  t.deepEqual(lines(`${api}listen: {a: {podPort: 80, namespace: shop}}\nloadBalancer: ${some}`), [
    ...read('one'),
    ...read('shop'),
    ...read('two'),
    ...write('one'),
    ...write('two'),
    ...lease('one', 'podfront-example.org-front'),
  ]);
});
