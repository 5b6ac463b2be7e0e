import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { startControlPlane } from '../kubernetes/control-plane.ts';
import { apiPort, bridgeAddress, type ClusterOrder, type ClusterReady, podPort } from './cluster-constants.ts';

/*
 * The cluster behind frontend VMs, run as a process inside its own network namespace: a control plane, which other namespaces reach through
 * a relay, and one HTTP server that answers as every pod. It tells its parent the kubeconfig of the administrator, takes orders over the
 * channel, and ends with it.
 */

// Pods listen on addresses that no machine outside a namespace has: elsewhere this ends here.
if (Object.keys(networkInterfaces()).some((name) => !/^(lo|br0|vm\d+)$/.test(name))) throw new Error('this is no namespace of a cluster');

const plane = await startControlPlane();
const cutOff = new Set<string>();
const sockets = new Map<Socket, string>();

const relay = createTcpServer({ pauseOnConnect: true }, (socket) => {
  const vm = socket.remoteAddress?.replace('::ffff:', '') ?? '';
  if (cutOff.has(vm)) return void socket.destroy();
  const api = connect(plane.port, '127.0.0.1');
  sockets.set(socket, vm);
  const end = () => {
    sockets.delete(socket);
    socket.destroy();
    api.destroy();
  };
  for (const one of [socket, api]) one.on('error', end).on('close', end);
  socket.pipe(api);
  api.pipe(socket);
});
await new Promise<void>((resolve) => relay.listen(apiPort, bridgeAddress, resolve));

// Each pod says who it is, and what reached it.
const pods = createServer((request, response) => {
  const pod = request.socket.localAddress?.replace('::ffff:', '');
  const wait = Number(/wait=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
  const body = JSON.stringify({ pod, port: request.socket.localPort, forwardedFor: request.headers['x-forwarded-for'] ?? null });
  setTimeout(() => response.setHeader('content-type', 'application/json').end(`${body}\n`), wait);
});
await new Promise<void>((resolve) => pods.listen(podPort, '0.0.0.0', resolve));

process.on('message', (order: ClusterOrder) => {
  if (order.kind === 'end') return void plane.close().then(() => process.exit());
  if (order.reachable) cutOff.delete(order.vm);
  else {
    cutOff.add(order.vm);
    for (const [socket, vm] of sockets) if (vm === order.vm) socket.destroy();
  }
  process.send?.('done');
});
process.once('disconnect', () => void plane.close().then(() => process.exit()));
process.send?.({ adminKubeconfig: plane.adminKubeconfig, authority: plane.authority } satisfies ClusterReady);
