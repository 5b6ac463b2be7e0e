import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { eventually } from '../support/daemon-frontend.ts';
import { type Part, partOf } from '../support/docs/first-steps.ts';
import { until } from '../support/kubernetes/objects.ts';
import type { Going } from '../support/machine-of-namespace.ts';
import { needs } from '../support/needs.ts';
import type { Layout } from '../support/routed-cluster/layout.ts';
import { definitions, objectsOf, type Plugin } from '../support/routed-cluster/plugins.ts';
import { type RoutedCluster, routedCluster } from '../support/routed-cluster/routed-cluster.ts';

// A stranger types docs/first-steps.md as it stands, on a real control plane with CoreDNS 1.15 and kube-proxy, once for each way to the pods
// and each layout of routes. The network plugins themselves do not run: their objects and the routes that they make on the nodes do.
const walk = needs('root', 'netns', 'ip', '/usr/sbin/nft', 'haproxy', 'curl', 'coredns', 'kubernetes', 'openssl').serial;

const undo: (() => void)[] = [];
test.after.always(() => {
  for (const one of undo.reverse()) one();
});
let cluster: RoutedCluster | null = null;

/** Nodes with blocks of addresses, as Calico gives them. */
const calico: Layout = {
  networks: { node1: ['10.244.166.128/26'], node2: ['10.244.104.0/26', '10.244.104.64/26'] },
  dns: '10.244.166.130',
  shop: [
    { address: '10.244.166.140', node: 'node1' },
    { address: '10.244.104.7', node: 'node2' },
    { address: '10.244.104.70', node: 'node2' },
  ],
};

/** Each way of the page with a network plugin of the page, and what the way is seen by. */
const walks: readonly {
  readonly way: string;
  readonly plugin: Plugin;
  readonly layout: Layout;
  /** What `podfront resolve` shows. */
  readonly resolved: RegExp;
  /** In `podfront status` while all is well. */
  readonly servers: RegExp;
  /** What a reader changes in podfront.yaml, as the page says. */
  readonly change?: (yaml: string) => string;
  readonly kubeProxy: boolean;
}[] = [
  {
    way: 'With the Kubernetes API',
    plugin: 'flannel',
    layout: {
      networks: { node1: ['10.244.1.0/24'], node2: ['10.244.2.0/24'] },
      dns: '10.244.1.2',
      shop: [
        { address: '10.244.1.5', node: 'node1' },
        { address: '10.244.2.5', node: 'node2' },
        { address: '10.244.2.6', node: 'node2' },
      ],
    },
    resolved: /endpoints/,
    servers: /\b3\b/,
    kubeProxy: true,
  },
  {
    way: 'With the ClusterIP',
    plugin: 'Calico',
    layout: calico,
    resolved: /service/,
    servers: /\b1\b/,
    kubeProxy: true,
  },
  {
    way: 'With a headless Service',
    plugin: 'Calico',
    layout: calico,
    resolved: /headless/,
    servers: /\b3\b/,
    kubeProxy: true,
  },
  {
    way: 'With a headless Service',
    plugin: 'Cilium',
    layout: {
      networks: { node1: ['10.244.1.0/24'], node2: ['10.244.2.0/24'] },
      dns: '10.244.1.7',
      shop: [
        { address: '10.244.1.5', node: 'node1' },
        { address: '10.244.2.5', node: 'node2' },
      ],
    },
    resolved: /headless/,
    servers: /\b2\b/,
    change: (yaml) => yaml.replace('["10.96.0.10"]', '["10.244.1.7"]'),
    kubeProxy: false,
  },
];

for (const { way, plugin, layout, resolved, change = (yaml: string) => yaml, kubeProxy } of walks) {
  walk(
    `A stranger reaches the pods in the steps of the page, and status says whether traffic flows: ${way}, routes of ${plugin}`,
    async (t) => {
      cluster ??= await start(t);
      const { vm, client, administrator, adminKubeconfig, place, ready, withoutKubeProxy } = cluster;
      await place(layout);
      if (!kubeProxy) await withoutKubeProxy();
      await administrator.run('kubectl delete service shop shop-pods --ignore-not-found --wait');
      await apply(t, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsOf(plugin, layout) }));
      const typed = typing(t, cluster);
      const started = Date.now();
      let daemon: Going | null = null;
      // The next scene begins with a VM as this one found it, however this one ends.
      t.teardown(async () => {
        await daemon?.stop();
        await vm.stopHaproxy();
        rmSync(join(vm.etc, 'haproxy.cfg'), { force: true });
        await vm.run('ip route flush proto boot');
      });

      // 1: what the page calls the answers is what the cluster says.
      const said = await typed(partOf('1. What to ask the cluster'));
      for (const part of ['10.96.0.10', 'serviceSubnet: 10.96.0.0/12', 'podSubnet: 10.244.0.0/16', '192.0.2.12'])
        t.true(said.includes(part), said);
      // 2: each route of the page leads to where the plugin says the pods are.
      const shown = await typed(partOf(plugin));
      for (const network of Object.values(layout.networks).flat()) t.true(shown.includes(network), shown);
      if (!kubeProxy) t.true(shown.includes(layout.dns), shown);
      // 3: the Service that is there, and the way.
      const [service = ''] = partOf('3. Three ways to the pods').files;
      await apply(t, service);
      const { files, commands } = partOf(way);
      for (const text of files) {
        if (/^kind: Service$/m.test(text)) writeFileSync(join(administrator.folder, 'shop-pods.yaml'), text);
        else writeFileSync(join(vm.folder, 'podfront.yaml'), change(text));
      }
      writeFileSync(join(vm.folder, 'admin.conf'), adminKubeconfig, { mode: 0o600 });
      await typed({ commands, files: [] });
      await eventually('the slices have the pods', async () => {
        const { stdout } = await administrator.run('kubectl get endpointslices -o jsonpath={.items[*].endpoints[*].addresses[0]}');
        return layout.shop.every(({ address }) => stdout.includes(address));
      });
      // 4: traffic.
      const traffic = await typed(partOf('4. Traffic'), async (going) => {
        daemon = going;
        await eventually('status says that all is well', async () => (await vm.run('podfront status')).status === 0);
      });
      t.regex(traffic, resolved);
      t.regex(traffic, /^pod 10\.244\.\d+\.\d+$/m);
      t.log(`${Math.round((Date.now() - started) / 1000)} s from the first command to podfront doctor`);
      t.log((await vm.run('podfront status')).stdout);
      const seen = new Set<string>();
      await eventually('every pod has answered', async () => {
        seen.add((await client.run('curl -s http://198.51.100.2/')).stdout.trim());
        return seen.size === layout.shop.length;
      });
      t.deepEqual([...seen].sort(), layout.shop.map(({ address }) => `pod ${address}`).sort());

      // No pod is ready: status alone says it, and says when traffic flows again.
      await ready(false);
      // A listen of the Kubernetes API keeps its last servers for half a minute first.
      await until('status says that no traffic flows', async () => {
        const { status, stdout } = await vm.run('podfront status');
        const seen = status === 1 && /^traffic: flows in 0 of 1 listen; none in shop$/m.test(stdout);
        if (seen) t.log(stdout);
        return seen;
      });
      await ready(true);
      await eventually('status says that traffic flows again', async () => (await vm.run('podfront status')).status === 0);
      await eventually('a pod answers', async () => (await client.run('curl -s http://198.51.100.2/')).stdout.startsWith('pod '));
    },
  );
}

async function start(t: ExecutionContext): Promise<RoutedCluster> {
  cluster = await routedCluster((one) => undo.push(one));
  await apply(t, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: definitions }));
  const established = 'kubectl wait --for condition=established --timeout=60s crd ipamblocks.crd.projectcalico.org ciliumnodes.cilium.io';
  t.is((await cluster.administrator.run(established)).status, 0);
  return cluster;
}

/** `kubectl apply` of a text. */
async function apply(t: ExecutionContext, text: string): Promise<void> {
  if (cluster === null) throw new Error('there is no cluster');
  writeFileSync(join(cluster.administrator.folder, 'applied'), text);
  const { status, stderr } = await cluster.administrator.run('kubectl apply -f applied');
  t.is(status, 0, stderr);
}

/** Types the commands of a part, each where it belongs, and returns all that they say; a daemon is handed over. */
function typing(
  t: ExecutionContext,
  { vm, client, administrator }: RoutedCluster,
): (part: Part, watching?: (daemon: Going) => Promise<void>) => Promise<string> {
  return async ({ commands }, watching = async () => {}) => {
    let said = '';
    for (const command of commands) {
      if (command === 'podfront watch') {
        await watching(vm.start(command));
        continue;
      }
      const machine = command.startsWith('kubectl ') ? administrator : command.startsWith('curl ') ? client : vm;
      const { status, stdout, stderr } = await machine.run(command);
      t.is(status, 0, `${command}\n${stdout}${stderr}`);
      said += stdout;
    }
    return said;
  };
}
