import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { startControlPlane } from '../kubernetes/control-plane.ts';
import {
  apiPort,
  bridgeAddress,
  type ClusterOrder,
  type ClusterReady,
  podPort,
  proxyPodPort,
  tlsPodPort,
  webPodPort,
} from './cluster-constants.ts';

/*
 * The cluster behind frontend VMs, run as a process inside its own network namespace: a control plane, which other namespaces reach through
 * a relay, and one HTTP server that answers as every pod. It tells its parent the kubeconfig of the administrator, takes orders over the
 * channel, and ends with it.
 */

// Pods listen on addresses that no machine outside a namespace has: elsewhere this ends here.
if (Object.keys(networkInterfaces()).some((name) => !/^(lo|br0|vm\d+)$/.test(name))) throw new Error('this is no namespace of a cluster');

const plane = await startControlPlane({ serviceNetworks: '10.0.0.0/24,2001:db8:f::/112' });
/** What a PROXY protocol header of version 2 begins with. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
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

// Each pod says who it is, what reached it, and how many requests it has at the time.
const open = new Map<string, number>();
const answer: RequestListener = (request, response) => {
  const pod = request.socket.localAddress?.replace('::ffff:', '');
  const wait = Number(/wait=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
  const place = `${pod}:${request.socket.localPort}`;
  const concurrent = (open.get(place) ?? 0) + 1;
  open.set(place, concurrent);
  const forwardedFor = request.headers['x-forwarded-for'] ?? null;
  const body = { pod, port: request.socket.localPort, forwardedFor, concurrent, tls: request.socket instanceof TLSSocket };
  response.once('close', () => open.set(place, (open.get(place) ?? 1) - 1));
  setTimeout(() => response.setHeader('content-type', 'application/json').end(`${JSON.stringify(body)}\n`), wait);
};
const file = (name: string) => readFileSync(join(plane.folder, name));
const withTls = createHttpsServer({ cert: file('server.crt'), key: file('server.key') }, answer);
const withProxyProtocol = createTcpServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (!received.includes('\r\n\r\n', signature.length)) return;
    const body = `${JSON.stringify({ pod: socket.localAddress?.replace('::ffff:', ''), ...proxyHeader(received) })}\n`;
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  });
});
for (const [server, port] of [
  [createServer(answer), podPort],
  [createServer(answer), webPodPort],
  [withTls, tlsPodPort],
  [withProxyProtocol, proxyPodPort],
] as const)
  await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));

/** The version and the source of a PROXY protocol header (HAProxy's proxy-protocol.txt, 2.1 and 2.2), of IPv4 connections. */
function proxyHeader(bytes: Buffer): { readonly proxy: number; readonly source: string } {
  if (bytes.subarray(0, signature.length).equals(signature)) return { proxy: 2, source: [...bytes.subarray(16, 20)].join('.') };
  const [word, , source = ''] = bytes.toString('latin1').split(' ');
  return { proxy: word === 'PROXY' ? 1 : 0, source };
}

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
