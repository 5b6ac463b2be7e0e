import { createServer, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { type Cluster, type Fault, startCluster } from '../../demo/cluster.ts';
import type { Scene, Service } from '../../demo/scene.ts';
import { type Address, parseAddress } from '../../src/ip/address.ts';

/**
 * The cluster's side of a frontend VM, run as a process inside the network namespace of its node: cluster DNS on the address that the
 * README names, and an HTTP server for each pod. It takes orders over the channel to its parent, and ends with it.
 */
export type Order =
  /** Exactly so many pods run, and cluster DNS knows them. */
  | { readonly kind: 'pods'; readonly count: number }
  | { readonly kind: 'dns'; readonly fault: Fault }
  /** Whether the service has a ClusterIP, so that cluster DNS tells that in place of its pods. */
  | { readonly kind: 'service'; readonly headless: boolean };

const nameserver = '10.0.0.254';
const clusterIp = '10.0.0.17';
const port = 8080;

/** All pods there may be; flannel gives a node a /24. */
const addresses = podAddresses('10.1.1.', 1, 60);
const running = new Map<string, Server>();
let headless = true;
let count = 0;

// Pods and DNS listen on addresses that no machine outside a namespace has: elsewhere this ends here.
if (Object.keys(networkInterfaces()).some((name) => name !== 'lo' && name !== 'node0')) throw new Error('this is no namespace of a node');

const cluster: Cluster = await startCluster({ scene: scene(), host: nameserver, port: 53 });
await listen(clusterIp);
process.on('message', (order: Order) => {
  void carryOut(order).then(() => process.send?.('done'));
});
process.once('disconnect', () => process.exit());
process.send?.('done');

async function carryOut(order: Order): Promise<void> {
  switch (order.kind) {
    case 'pods': {
      count = order.count;
      for (const { text } of addresses.slice(0, count)) if (!running.has(text)) await listen(text);
      cluster.set(scene());
      for (const { text } of addresses.slice(count)) {
        running.get(text)?.close();
        running.get(text)?.closeAllConnections();
        running.delete(text);
      }
      return;
    }
    case 'dns':
      return cluster.fault(order.fault);
    case 'service':
      headless = order.headless;
      return cluster.set(scene());
    default:
      return order satisfies never;
  }
}

async function listen(address: string): Promise<void> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain').end(`pod ${address}\n`);
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, address, done));
  if (address !== clusterIp) running.set(address, server);
}

function scene(): Scene {
  const ip = parseAddress(clusterIp);
  const shop: Service = {
    namespace: 'default',
    name: 'shop',
    reached: headless || ip === null ? { kind: 'headless' } : { kind: 'clusterIP', addresses: [ip] },
    ports: [{ name: 'http', protocol: 'tcp', port, targetPort: port }],
    endpoints: addresses.slice(0, count).map((address) => ({ address, hostname: null, ready: true })),
    firstPod: null,
  };
  return { namespaces: ['default'], services: [shop] };
}

/** demo/scene.ts reads loopback addresses only, because HAProxy sends checks to every address it has. Here a namespace keeps them in. */
function podAddresses(start: string, first: number, many: number): readonly Address[] {
  return Array.from({ length: many }, (_, i) => parseAddress(`${start}${first + i}`)).filter((address) => address !== null);
}
