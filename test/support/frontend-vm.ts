import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order } from './frontend-node.ts';
import { type Ended, ipIn, type Machine, machine, namespace, sweep, type Undoing } from './machine-of-namespace.ts';

/**
 * A frontend VM between its clients and a node, each a network namespace:
 *
 *     client 198.51.100.1 --- 198.51.100.2 VM 192.0.2.2 --- 192.0.2.11 node: 10.0.0.0/24 and 10.1.0.0/16
 *
 * Nothing leads out of the three. The VM has an /etc/haproxy, a /run and a working folder of its own.
 */
export interface FrontendVm extends Machine {
  /** The VM's /etc/haproxy/haproxy.cfg, as it is called outside. */
  readonly haproxyCfg: string;
  /** Runs a line of the shell on the client. */
  readonly client: (line: string) => Promise<Ended>;
  /** Leads the cluster's networks to the node, as kube-proxy and flannel would. */
  readonly routes: () => void;
  readonly order: (order: Order) => Promise<void>;
}

let made = 0;

export async function frontendVm(undoing: Undoing): Promise<FrontendVm> {
  sweep();
  const place = mkdtempSync(join(tmpdir(), 'podfront-vm-'));
  undoing(() => rmSync(place, { recursive: true, force: true }));
  const name = `podfront-vm-${process.pid}-${made++}`;
  const [client, vm, node] = [`${name}-client`, `${name}-vm`, `${name}-node`];
  for (const space of [client, vm, node]) namespace(undoing, space);
  const ip = (commands: string, space = vm) => ipIn(space, commands);
  ip(`link add eth0 type veth peer name client0 netns ${client}
    link add eth1 type veth peer name node0 netns ${node}
    address add 198.51.100.2/24 dev eth0
    address add 192.0.2.2/24 dev eth1
    link set eth0 up
    link set eth1 up`);
  ip('address add 198.51.100.1/24 dev client0\nlink set client0 up', client);
  // `local`: the range is the node's own, so that pods may listen on any address of it (ip-route(8)).
  ip(
    `address add 192.0.2.11/24 dev node0
    link set node0 up
    route add local 10.0.0.0/24 dev lo
    route add local 10.1.0.0/16 dev lo`,
    node,
  );
  ip('route add default via 198.51.100.1');

  const front = machine(join(place, 'vm'), vm);
  const outside = machine(join(place, 'client'), client);
  const cluster = await startNode(undoing, node);
  return {
    ...front,
    haproxyCfg: join(front.etc, 'haproxy.cfg'),
    client: outside.run,
    routes: () => front.ip('route replace 10.0.0.0/24 via 192.0.2.11\nroute replace 10.1.0.0/16 via 192.0.2.11'),
    order: cluster,
  };
}

async function startNode(undoing: Undoing, space: string): Promise<FrontendVm['order']> {
  const program = fileURLToPath(new URL('frontend-node.ts', import.meta.url));
  const child = spawn('ip', ['netns', 'exec', space, process.execPath, `--import=${import.meta.resolve('tsx')}`, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the node ended');
  });
  ended.catch(() => {});
  undoing(() => void child.kill('SIGKILL'));
  const done = () => Promise.race([once(child, 'message'), ended]);
  await done();
  return async (order) => {
    child.send(order);
    await done();
  };
}
