import { writeFile } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { bringPackage } from './debian.ts';
import { bootMachine, type Machine } from './machine.ts';
import { connect, type Outside, startOutside } from './network.ts';

/** A frontend VM that was just installed, with podfront's package in /root, and what is outside. */
export interface FrontendVm {
  readonly machine: Machine;
  /** Its clients, cluster DNS at 10.0.0.254, and the three pods of the service `ingress`, from 10.1.3.7 on. */
  readonly outside: Outside;
}

/** Boots a VM with the public address 198.51.100.2, where flannel and kube-proxy did their work already; `root` as for `bootMachine`. */
export async function frontendVm(t: ExecutionContext, root = '/'): Promise<FrontendVm> {
  const [machine, outside] = await Promise.all([bootMachine(t, root), startOutside(t)]);
  connect(machine, 'eth0', outside, 'vm');
  outside.ip(`addr add 192.0.2.1/24 dev vm
    route add 198.51.100.2 via 192.0.2.10`);
  machine.ip(`addr add 192.0.2.10/24 dev eth0
    addr add 198.51.100.2/32 dev eth0
    route add default via 192.0.2.1`);
  // As flannel has it: a device, and on it a route for each node.
  connect(machine, 'flannel.1', outside, 'flannel');
  outside.ip('addr add 10.1.3.0/32 dev flannel');
  machine.ip(`addr add 10.1.9.0/32 dev flannel.1
    route add 10.1.3.0/24 via 10.1.3.0 dev flannel.1 onlink`);
  outside.ip('route add 10.1.9.0/32 dev flannel');
  await writeFile(machine.path('/etc/resolv.conf'), 'nameserver 192.0.2.1\n');
  await outside.tell({ start: { nameserver: '10.0.0.254', scene } });
  await bringPackage(t, machine);
  return { machine, outside };
}

const scene = `services:
  - {name: ingress, headless: true, ports: [{name: https, port: 443}], pods: {first: 10.1.3.7, count: 3}}`;
