import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { type Cluster, type Fault, startCluster } from '../../../demo/cluster.ts';
import { readScene, type Scene } from '../../../demo/scene.ts';
import { type Address, parseAddress } from '../../../src/ip/address.ts';

// What is beyond a frontend VM, as a process in a network namespace of its own: cluster DNS, and an HTTP server for every pod. It takes
// orders as lines of JSON on stdin, and answers each with a line.

/** One thing to do. */
export type Order =
  /** Starts cluster DNS at an address, port 53, for a scene (fixtures/cluster/README.md), and its pods. */
  | { readonly start: { readonly nameserver: string; readonly scene: string } }
  | { readonly scale: { readonly name: string; readonly count: number } }
  | { readonly fault: Fault };

const listening = new Set<string>();
let cluster: Cluster | null = null;

async function carryOut(order: Order): Promise<void> {
  if ('start' in order) {
    cluster = await startCluster({ scene: sceneOf(order.start.scene), host: order.start.nameserver, port: 53 });
  } else if (cluster === null) {
    throw new Error('nothing has been started');
  } else if ('scale' in order) {
    cluster.scale('default', order.scale.name, order.scale.count);
  } else {
    cluster.fault(order.fault);
  }
  for (const { endpoints, ports } of cluster.scene().services)
    for (const { address } of endpoints) for (const { targetPort } of ports) await pod(address.text, targetPort);
}

/** Scenes are on loopback, so that no test leads off this machine. Within this namespace, 10.0.0.0/8 leads nowhere else either. */
function sceneOf(yaml: string): Scene {
  const scene = readScene(yaml.replace(/\b10\.(?=\d+\.\d+\.\d+)/g, '127.'));
  const here = (address: Address) => parseAddress(address.text.replace(/^127\./, '10.')) ?? address;
  const services = scene.services.map((service) => ({
    ...service,
    endpoints: service.endpoints.map((endpoint) => ({ ...endpoint, address: here(endpoint.address) })),
    firstPod: service.firstPod === null ? null : here(service.firstPod),
  }));
  return { ...scene, services };
}

/** A pod answers every request with its address. */
async function pod(address: string, port: number): Promise<void> {
  const where = `${address}:${port}`;
  if (listening.has(where)) return;
  listening.add(where);
  const server = createServer((_request, response) => void response.end(`pod ${address}\n`));
  await new Promise<void>((done, failed) => void server.once('error', failed).listen(port, address, done));
}

for await (const line of createInterface({ input: process.stdin })) {
  const failure = await carryOut(JSON.parse(line) as Order).then(
    () => null,
    (error: unknown) => String(error),
  );
  process.stdout.write(`${JSON.stringify({ failure })}\n`);
}
process.exit();
