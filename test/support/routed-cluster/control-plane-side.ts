import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { binaryOf } from '../coredns/build.ts';
import { adminToken, kubeconfigText, startControlPlane } from '../kubernetes/control-plane.ts';
import { makePod } from '../kubernetes/objects.ts';
import {
  apiPort,
  type ClusterOrder,
  type ClusterReady,
  controlPlaneAddress,
  dnsAddress,
  type Layout,
  nodes,
  podNetwork,
  serviceNetwork,
} from './layout.ts';

/*
 * The first node of a cluster, run as a process inside its network namespace: a control plane, which other namespaces reach through a
 * relay, and a CoreDNS 1.15 with what kubeadm says of both. It takes orders over the channel to its parent, and ends with it.
 */

// CoreDNS listens on port 53: outside a namespace this ends here.
if (Object.keys(networkInterfaces()).some((name) => name !== 'lo' && name !== 'eth0')) throw new Error('this is no namespace of a node');

const plane = await startControlPlane({ serviceNetworks: serviceNetwork, address: controlPlaneAddress });
const { ok } = plane;
const relay = createServer((socket) => {
  const api = connect(plane.port, '127.0.0.1');
  for (const [one, other] of [
    [socket, api],
    [api, socket],
  ] as const)
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  socket.pipe(api).pipe(socket);
});
await new Promise<void>((resolve) => relay.listen(apiPort, controlPlaneAddress, resolve));

for (const [name, address] of Object.entries(nodes)) {
  if (name !== 'node1') await ok('POST', '/api/v1/nodes', { metadata: { name } });
  await ok('PATCH', `/api/v1/nodes/${name}/status`, { status: { addresses: [{ type: 'InternalIP', address }] } });
}
const system = '/api/v1/namespaces/kube-system';
const labels = { 'k8s-app': 'kube-dns' };
const ports = [
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'dns-tcp', port: 53, protocol: 'TCP' },
];
await ok('POST', `${system}/services`, {
  metadata: { name: 'kube-dns', labels },
  spec: { clusterIP: dnsAddress, selector: labels, ports },
});
// What kubeadm leaves in the cluster (kubeadm.k8s.io/v1beta4).
const networking = `networking:\n  dnsDomain: cluster.local\n  podSubnet: ${podNetwork}\n  serviceSubnet: ${serviceNetwork}\n`;
const ClusterConfiguration = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n${networking}`;
await ok('POST', `${system}/configmaps`, { metadata: { name: 'kubeadm-config' }, data: { ClusterConfiguration } });

const adminKubeconfig = kubeconfigText(`https://${controlPlaneAddress}:${apiPort}`, plane.authority, { token: adminToken });
let dns: ChildProcess | null = null;
let shop: Layout['shop'] = [];

process.on('message', (order: ClusterOrder) => {
  void carryOut(order).then(
    () => process.send?.('done'),
    (error: Error) => process.send?.(error.message),
  );
});
process.once('exit', () => dns?.kill('SIGKILL'));
process.once('disconnect', () => void plane.close().then(() => process.exit()));
process.send?.({ adminKubeconfig } satisfies ClusterReady);

async function carryOut(order: ClusterOrder): Promise<void> {
  if (order.kind === 'ready') {
    const conditions = [{ type: 'Ready', status: order.ready ? 'True' : 'False' }];
    for (const [i] of shop.entries()) await ok('PATCH', `/api/v1/namespaces/default/pods/shop-${i}/status`, { status: { conditions } });
    return;
  }
  const { layout } = order;
  // There is no kubelet that would say that they have ended.
  const now = '?gracePeriodSeconds=0';
  for (const [i] of shop.entries()) await ok('DELETE', `/api/v1/namespaces/default/pods/shop-${i}${now}`);
  if (shop.length > 0) await ok('DELETE', `${system}/pods/coredns${now}`);
  shop = layout.shop;
  // It must not answer with the pods of an earlier layout from its cache.
  if (dns !== null) {
    const ended = once(dns, 'exit');
    dns.kill('SIGKILL');
    await ended;
  }
  dns = startDns();
  await makePod(plane, 'kube-system', { name: 'coredns', address: layout.dns, labels });
  for (const [i, { address, node }] of shop.entries())
    await makePod(plane, 'default', { name: `shop-${i}`, address, node, labels: { app: 'shop' } });
}

/** On every address of the node, so also on that of its pod. */
function startDns(): ChildProcess {
  const kubeconfig = join(plane.folder, 'coredns.kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(plane.url, plane.authority, { token: adminToken }), { mode: 0o600 });
  const corefile = join(plane.folder, 'Corefile');
  // The Corefile of kubeadm, without what needs the outside.
  writeFileSync(
    corefile,
    `.:53 {\n  errors\n  kubernetes cluster.local in-addr.arpa ip6.arpa {\n    kubeconfig ${kubeconfig}\n    ttl 30\n  }\n  cache 30\n  loadbalance\n}\n`,
  );
  return spawn('setpriv', ['--pdeathsig', 'KILL', binaryOf('1.15.0'), '-conf', corefile], { stdio: 'ignore' });
}
