import test from 'ava';
import { sendCommand } from '../../../src/haproxy/process/runtime-api.ts';
import { proxyPodPort, tlsPodPort } from '../../support/load-balancer/cluster-constants.ts';
import {
  eventually,
  type FrontendCluster,
  frontendCluster,
  serviceWithPods,
  type Vm,
} from '../../support/load-balancer/frontend-cluster.ts';
import { needs } from '../../support/needs.ts';

const onRealParts = needs('root', 'netns', 'kubernetes', 'haproxy', 'curl').serial;

/** One cluster of both families with one VM, for all tests of this file; each has Services of its own. */
let started: Promise<{ readonly cluster: FrontendCluster; readonly vm: Vm }> | null = null;
const undo: (() => void | Promise<void>)[] = [];

const place = () => {
  started ??= (async () => {
    const cluster = await frontendCluster((one) => undo.unshift(one));
    const [vm] = cluster.vms;
    if (vm === undefined) throw new Error('there is no VM');
    cluster.leadTo(vm);
    vm.configure();
    await vm.startHaproxy();
    await vm.startPodfront();
    return { cluster, vm };
  })();
  return started;
};

test.after.always(async () => {
  for (const one of undo) await one();
});

/** What a pod says of the request that reached it. */
interface Answer {
  readonly pod: string;
  readonly proxy?: number;
  readonly source?: string;
  readonly tls?: boolean;
  readonly concurrent?: number;
  readonly forwardedFor?: string | null;
}

/** The addresses in the status of a Service, once there are any. */
async function served(name: string): Promise<readonly string[]> {
  const { cluster, vm } = await place();
  let addresses = '';
  await eventually(`${name} has an address: ${vm.log()}`, async () => {
    addresses = await cluster.kubectl('get', 'svc', name, '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}');
    return addresses !== '';
  });
  return addresses.split(' ');
}

/** Asks until a pod answers. */
async function ask(url: string, ...args: readonly string[]): Promise<Answer> {
  const { cluster } = await place();
  let text = '';
  await eventually(`${url} answers`, async () => {
    text = (await cluster.curl(url, ...args)).stdout;
    return text.startsWith('{');
  });
  return JSON.parse(text) as Answer;
}

onRealParts('podfront/send-proxy tells the pods who asked, in both versions', async (t) => {
  const { cluster } = await place();
  for (const [name, number, value, version] of [
    ['proxy-one', 1, 'v1', 1],
    ['proxy-two', 2, 'v2', 2],
  ] as const) {
    const spec = { ports: [{ port: 8100 + number }] };
    await cluster.apply(...serviceWithPods(name, number, { spec, annotations: { 'podfront/send-proxy': value }, port: proxyPodPort }));
    const [address] = await served(name);
    const { proxy, source } = await ask(`http://${address}:${8100 + number}/`, '--interface', '203.0.113.4');
    t.deepEqual([proxy, source], [version, '203.0.113.4']);
  }
});

onRealParts('podfront/backend-tls speaks TLS to the pods; with verify, only to those of the authority', async (t) => {
  const { cluster, vm } = await place();
  const tls = (name: string, number: number, value: string) =>
    cluster.apply(
      ...serviceWithPods(name, number, {
        spec: { ports: [{ port: 8100 + number }] },
        annotations: { 'podfront/backend-tls': value, 'podfront/mode': 'http' },
        port: tlsPodPort,
      }),
    );
  await tls('tls', 3, 'true');
  await tls('tls-verified', 4, JSON.stringify({ verify: 'required', caFile: cluster.authority }));
  for (const [name, port] of [
    ['tls', 8103],
    ['tls-verified', 8104],
  ] as const) {
    const [address] = await served(name);
    t.true((await ask(`http://${address}:${port}/`)).tls);
  }
  // The authorities of the operating system did not sign the pods' certificate.
  await tls('tls-foreign', 5, JSON.stringify({ verify: 'required', caFile: '/etc/ssl/certs/ca-certificates.crt' }));
  const [address] = await served('tls-foreign');
  t.regex((await cluster.curl(`http://${address}:8105/`)).stdout, /503 Service Unavailable/);
  t.notRegex(vm.log(), /"level":"error"/);
});

onRealParts('podfront/max-connections lets further connections wait', async (t) => {
  const { cluster } = await place();
  const limited = (name: string, number: number, annotations: Readonly<Record<string, string>>) =>
    cluster.apply(...serviceWithPods(name, number, { pods: 1, spec: { ports: [{ port: 8100 + number }] }, annotations }));
  await limited('limited', 6, { 'podfront/max-connections': '1' });
  await limited('unlimited', 7, {});
  const most = async (name: string, port: number) => {
    const [address] = await served(name);
    await ask(`http://${address}:${port}/`);
    const asked = Array.from({ length: 4 }, () => ask(`http://${address}:${port}/?wait=700`, '--max-time', '30'));
    return Math.max(...(await Promise.all(asked)).map(({ concurrent = 0 }) => concurrent));
  };
  t.is(await most('limited', 8106), 1);
  await eventually('several at a time', async () => (await most('unlimited', 8107)) > 1);
});

onRealParts('loadBalancerSourceRanges hold for IPv6, in both modes, and mode http tells IPv6 clients', async (t) => {
  const { cluster } = await place();
  const ofSixth = {
    ipFamilies: ['IPv6'],
    ipFamilyPolicy: 'SingleStack',
    loadBalancerSourceRanges: ['2001:db8:2::1/128', '203.0.113.0/24'],
  };
  for (const [name, number, mode] of [
    ['six-tcp', 8, 'tcp'],
    ['six-http', 9, 'http'],
  ] as const) {
    const spec = { ...ofSixth, ports: [{ port: 8100 + number }] };
    await cluster.apply(...serviceWithPods(name, number, { spec, annotations: { 'podfront/mode': mode } }));
    t.deepEqual(await served(name), ['2001:db8:9::10']);
    const url = `http://[2001:db8:9::10]:${8100 + number}/`;
    const { forwardedFor } = await ask(url, '--interface', '2001:db8:2::1');
    t.is(forwardedFor, mode === 'http' ? '2001:db8:2::1' : null);
    const refused = await cluster.curl(url, '--interface', '2001:db8:2::2');
    t.not(refused.status, 0);
    t.is(refused.stdout, '');
  }
});

for (const [policy, number] of [
  ['PreferDualStack', 10],
  ['RequireDualStack', 11],
] as const) {
  onRealParts(`${policy}: the Service is served on an address of each family, the first family first`, async (t) => {
    const { cluster } = await place();
    const name = policy.toLowerCase();
    const port = 8100 + number;
    await cluster.apply(
      ...serviceWithPods(name, number, { spec: { ipFamilyPolicy: policy, ipFamilies: ['IPv6', 'IPv4'], ports: [{ port }] } }),
    );
    const [sixth, fourth] = await served(name);
    t.deepEqual([sixth, fourth], ['2001:db8:9::10', '198.51.100.10']);
    t.truthy((await ask(`http://[${sixth}]:${port}/`)).pod);
    t.truthy((await ask(`http://${fourth}:${port}/`)).pod);
    // kubectl sorts them.
    t.regex(await cluster.kubectl('get', 'svc', name), /198\.51\.100\.10,2001:db8:9::10/);
  });
}

onRealParts('render writes the listens of Services too, and a dry run of one cycle says what it would do for them', async (t) => {
  const { cluster, vm } = await place();
  await cluster.apply(...serviceWithPods('shown', 13, { spec: { ports: [{ port: 8113 }] } }));
  await served('shown');
  const rendered = await vm.podfront('render');
  t.is(rendered.status, 0, rendered.stderr);
  t.regex(rendered.stdout, /^listen default_shown_8113\n {4}bind 198\.51\.100\.10:8113$/m);
  t.is((await vm.podfront('render', `${vm.folder}/haproxy.cfg`, '--check')).stdout, '');
  await vm.stopPodfront();
  await cluster.kubectl('delete', 'svc', 'shown');
  await cluster.apply(...serviceWithPods('next', 14, { spec: { ports: [{ port: 8114 }] } }));
  const decided = await vm.podfront('watch', '--once', '--dry-run');
  t.is(decided.status, 0, decided.stderr);
  t.regex(decided.stdout, /^reload: .*\n(.*\n)*.*default_next_8114 is added/);
  t.regex(decided.stdout, /default_shown_8113 is removed/);
  t.is(await cluster.kubectl('get', 'svc', 'next', '-o', 'jsonpath={.status.loadBalancer.ingress}'), '');
  const once = await vm.podfront('watch', '--once');
  t.is(once.status, 0, once.stderr);
  t.truthy((await ask('http://198.51.100.10:8114/')).pod);
  await vm.startPodfront();
  t.deepEqual(await served('next'), ['198.51.100.10']);
});

onRealParts('sessionAffinity leads a client to its pod until the timeout, and then to the next', async (t) => {
  const { cluster, vm } = await place();
  const sessionAffinity = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } };
  const annotations = { 'podfront/balance': 'roundrobin' };
  await cluster.apply(...serviceWithPods('sticky', 12, { pods: 3, spec: { ports: [{ port: 8112 }], ...sessionAffinity }, annotations }));
  const [address] = await served('sticky');
  const url = `http://${address}:8112/`;
  const table = async () => {
    const reply = await sendCommand(`${vm.folder}/master.sock`, '@1 show table default_sticky_8112', 5_000, new AbortController().signal);
    return reply.ok ? reply.text : '';
  };
  const isKnown = async () => (await table()).includes('203.0.113.5');
  await eventually('the client has a pod', async () => {
    await ask(url, '--interface', '203.0.113.5');
    return isKnown();
  });
  const { pod } = await ask(url, '--interface', '203.0.113.5');
  for (let i = 0; i < 5; i++) t.is((await ask(url, '--interface', '203.0.113.5')).pod, pod);
  await eventually('HAProxy has forgotten the client', async () => !(await isKnown()));
  t.not((await ask(url, '--interface', '203.0.113.5')).pod, pod);
});
