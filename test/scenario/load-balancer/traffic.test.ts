import test from 'ava';
import {
  eventually,
  type FrontendCluster,
  frontendCluster,
  serviceWithPods,
  type Vm,
} from '../../support/load-balancer/frontend-cluster.ts';
import { needs } from '../../support/needs.ts';

const onRealParts = needs('root', 'netns', 'kubernetes', 'haproxy', 'curl').serial;

/** One cluster with one VM on which podfront and HAProxy run, for all tests of this file; each has Services of its own. */
let cluster: FrontendCluster;
let vm: Vm;
const undo: (() => void | Promise<void>)[] = [];

async function started(): Promise<FrontendCluster> {
  if (cluster !== undefined) return cluster;
  cluster = await frontendCluster((one) => undo.unshift(one));
  const [first] = cluster.vms;
  if (first === undefined) throw new Error('there is no VM');
  vm = first;
  cluster.leadTo(vm);
  vm.configure();
  await vm.startHaproxy();
  await vm.startPodfront();
  return cluster;
}

test.after.always(async () => {
  for (const one of undo) await one();
});

/** The addresses that `kubectl get svc` shows; empty while it is pending. */
async function external(name: string): Promise<string> {
  return cluster.kubectl('get', 'svc', name, '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}');
}

const served = (name: string) => eventually(`${name} has an address: ${vm.log()}`, async () => (await external(name)) !== '');
const podOf = (text: string) => /"pod":"([^"]+)"/.exec(text)?.[1] ?? null;

onRealParts('kubectl shows a Service pending, then its address, and a request through it reaches a pod', async (t) => {
  const { kubectl, apply, curl } = await started();
  await apply(...serviceWithPods('web', 1));
  await served('web');
  t.regex(await kubectl('get', 'svc', 'web'), /LoadBalancer +\S+ +198\.51\.100\.10 +80\/TCP/);
  t.deepEqual(JSON.parse(await kubectl('get', 'svc', 'web', '-o', 'jsonpath={.status.loadBalancer.ingress}')), [
    { ip: '198.51.100.10', ipMode: 'Proxy', ports: [{ port: 80, protocol: 'TCP' }] },
  ]);
  t.regex(podOf((await curl('http://198.51.100.10/')).stdout) ?? '', /^10\.1\.1\.[12]$/);
  await eventually('an Event', async () =>
    /Normal +Allocated .*podfront +served on 198\.51\.100\.10/.test(await kubectl('describe', 'svc', 'web')),
  );
});

onRealParts('kubectl describe tells why there is no address', async (t) => {
  const { kubectl, apply } = await started();
  await apply(
    ...serviceWithPods('taken', 2, { annotations: { 'podfront/addresses': '198.51.100.10' } }),
    ...serviceWithPods('outside', 3, { annotations: { 'podfront/addresses': '203.0.113.77' } }),
    ...serviceWithPods('udp', 4, { spec: { ports: [{ port: 53, protocol: 'UDP' }] } }),
    ...serviceWithPods('bad', 5, { annotations: { 'podfront/mode': 'quic' } }),
  );
  for (const [name, expected] of [
    ['taken', /Warning +AllocationFailed .*port 80 of 198\.51\.100\.10 is taken by Service default\/web/],
    ['outside', /Warning +AllocationFailed .*203\.0\.113\.77 is not in loadBalancer\.addresses/],
    ['udp', /Warning +Unsupported .*port 53: protocol UDP is not supported, only TCP/],
    ['bad', /Warning +Unsupported .*annotation podfront\/mode: expected tcp or http, got "quic"/],
  ] as const) {
    await eventually(`the Event of ${name}`, async () => expected.test(await kubectl('describe', 'svc', name)));
    t.is(await external(name), '');
    t.regex(await kubectl('get', 'svc', name), /<pending>/);
  }
  await kubectl('delete', 'svc', 'taken', 'outside', 'udp', 'bad');
});

onRealParts('loadBalancerSourceRanges refuse others at connect, in mode http too', async (t) => {
  const { apply, curl } = await started();
  const spec = { loadBalancerSourceRanges: ['203.0.113.1/32', '2001:db8:1::/64'], ports: [{ port: 8081 }] };
  await apply(
    ...serviceWithPods('closed', 6, { spec }),
    ...serviceWithPods('closed-http', 7, { spec: { ...spec, ports: [{ port: 8082 }] }, annotations: { 'podfront/mode': 'http' } }),
  );
  for (const [name, port] of [
    ['closed', 8081],
    ['closed-http', 8082],
  ] as const) {
    await served(name);
    const url = `http://198.51.100.10:${port}/`;
    t.truthy(podOf((await curl(url, '--interface', '203.0.113.1')).stdout));
    const refused = await curl(url, '--interface', '203.0.113.2');
    t.not(refused.status, 0);
    t.is(refused.stdout, '');
  }
});

onRealParts('mode http tells the pods who asked; sessionAffinity leads a client to one pod', async (t) => {
  const { apply, curl } = await started();
  await apply(
    ...serviceWithPods('http', 8, { spec: { ports: [{ port: 8083 }] }, annotations: { 'podfront/mode': 'http' } }),
    ...serviceWithPods('sticky', 9, {
      pods: 5,
      spec: { ports: [{ port: 8084 }], sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } } },
    }),
  );
  await served('http');
  await served('sticky');
  t.regex((await curl('http://198.51.100.10:8083/', '--interface', '203.0.113.3')).stdout, /"forwardedFor":"203\.0\.113\.3"/);
  const of = async (from: string) => {
    const pods = new Set<string | null>();
    for (let i = 0; i < 6; i++) pods.add(podOf((await curl('http://198.51.100.10:8084/', '--interface', from)).stdout));
    return [...pods];
  };
  const all = new Set<string | null>();
  for (let i = 1; i <= 9; i++) {
    const pods = await of(`203.0.113.${i}`);
    t.is(pods.length, 1);
    all.add(pods[0] ?? null);
  }
  t.true(all.size > 1, 'every client has the same pod');
  t.regex(vm.haproxyCfg(), /stick-table type ipv6 size 100k expire 600s/);
});

onRealParts('a port comes and goes, and connections of the others go on', async (t) => {
  const { kubectl, apply, curl } = await started();
  const ports = [
    { name: 'a', port: 8085, targetPort: 8080 },
    { name: 'b', port: 8086, targetPort: 8080 },
  ];
  await apply(...serviceWithPods('ports', 10, { spec: { ports: ports.slice(0, 1) } }));
  await served('ports');
  const slow = curl('http://198.51.100.10:8085/?wait=3000');
  await apply(...serviceWithPods('ports', 10, { spec: { ports } }));
  await eventually('the second port', async () => podOf((await curl('http://198.51.100.10:8086/')).stdout) !== null);
  await apply(...serviceWithPods('ports', 10, { spec: { ports: ports.slice(0, 1) } }));
  await eventually('no second port', async () => (await curl('http://198.51.100.10:8086/')).status === 7);
  t.truthy(podOf((await slow).stdout));
  t.is(await kubectl('get', 'svc', 'ports', '-o', 'jsonpath={.status.loadBalancer.ingress[*].ports[*].port}'), '8085');
});

onRealParts('the type changes to ClusterIP and back, and the Service is deleted and comes again', async (t) => {
  const { kubectl, apply, curl } = await started();
  const objects = serviceWithPods('life', 11, { spec: { ports: [{ port: 8087 }] } });
  await apply(...objects);
  await served('life');
  const asClusterIp = JSON.stringify({ spec: { type: 'ClusterIP', loadBalancerClass: null, allocateLoadBalancerNodePorts: null } });
  await kubectl('patch', 'svc', 'life', '--type=merge', `--patch=${asClusterIp}`);
  await eventually('the status is empty', async () => (await external('life')) === '');
  await eventually('nothing listens', async () => (await curl('http://198.51.100.10:8087/')).status === 7);
  await apply(...objects);
  await served('life');
  await kubectl('delete', 'svc', 'life');
  await eventually('nothing listens', async () => (await curl('http://198.51.100.10:8087/')).status === 7);
  await apply(...objects);
  await served('life');
  await eventually('it answers', async () => podOf((await curl('http://198.51.100.10:8087/')).stdout) !== null);
  t.pass();
});

onRealParts('a Service of another class is not touched, nor one without a class', async (t) => {
  const { kubectl, apply } = await started();
  await apply(
    ...serviceWithPods('foreign', 12, { spec: { loadBalancerClass: 'example.org/other', ports: [{ port: 8088 }] } }),
    ...serviceWithPods('classless', 13, { spec: { loadBalancerClass: undefined, ports: [{ port: 8089 }] } }),
    ...serviceWithPods('after', 14, { spec: { ports: [{ port: 8090 }] } }),
  );
  await kubectl(
    'patch',
    'svc',
    'foreign',
    '--subresource=status',
    '--type=merge',
    '--patch={"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.99"}]}}}',
  );
  await served('after');
  t.is(await external('foreign'), '203.0.113.99');
  t.is(await external('classless'), '');
  t.notRegex(vm.haproxyCfg(), /foreign|classless/);
});

onRealParts('a restart keeps every address, reloads nothing, and no request fails', async (t) => {
  const { kubectl, curl } = await started();
  const before = await kubectl('get', 'svc', '-A', '-o', 'jsonpath={.items[*].status}');
  const file = vm.haproxyCfg();
  await vm.stopPodfront('SIGKILL');
  await vm.startPodfront();
  const until = Date.now() + 3_000;
  while (Date.now() < until) t.truthy(podOf((await curl('http://198.51.100.10/')).stdout));
  t.is(await kubectl('get', 'svc', '-A', '-o', 'jsonpath={.items[*].status}'), before);
  t.is(vm.haproxyCfg(), file);
});

onRealParts('an address that the VM does not own, and a port of another program, are Events and no failed reload', async (t) => {
  const { kubectl, apply } = await started();
  await vm.run('ip', 'address', 'delete', '198.51.100.12/32', 'dev', 'lo');
  void vm.run('timeout', '60', process.execPath, '-e', 'require("net").createServer().listen(8092, "198.51.100.11")');
  await eventually('another program listens', async () => (await vm.run('ss', '-Hltn')).stdout.includes('198.51.100.11:8092'));
  await apply(
    ...serviceWithPods('gone', 15, { spec: { ports: [{ port: 8091 }] }, annotations: { 'podfront/addresses': '198.51.100.12' } }),
    ...serviceWithPods('busy', 16, { spec: { ports: [{ port: 8092 }] }, annotations: { 'podfront/addresses': '198.51.100.11' } }),
    ...serviceWithPods('fine', 17, { spec: { ports: [{ port: 8093 }] } }),
  );
  await served('fine');
  for (const name of ['gone', 'busy']) {
    await eventually(`the Event of ${name}`, async () =>
      /Warning +AllocationFailed .*port 809\d is not served: /.test(await kubectl('describe', 'svc', name)),
    );
    t.is(await external(name), '');
  }
  t.notRegex(vm.log(), /reload\.failed/);
});
