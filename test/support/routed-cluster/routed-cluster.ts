import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOfPart } from '../kubernetes/build.ts';
import { ipIn, type Machine, machine, namespace, sweep, type Undoing } from '../machine-of-namespace.ts';
import { type ClusterOrder, type ClusterReady, type Layout, type NodeName, nodes, podNetwork } from './layout.ts';

/**
 * A cluster as kubeadm makes it, and a frontend VM in the network of its nodes, each a network namespace:
 *
 *     client 198.51.100.1 --- 198.51.100.2 VM 192.0.2.2 --+-- 192.0.2.11 node1: kube-apiserver, CoreDNS 1.15, kube-proxy, pods
 *                                                         +-- 192.0.2.12 node2: kube-proxy, pods
 *
 * The VM has no route into the cluster. Nothing leads out of the namespaces.
 */
export interface RoutedCluster {
  readonly vm: Machine;
  readonly client: Machine;
  /** The first node, with `kubectl` and an administrator's KUBECONFIG. */
  readonly administrator: Machine;
  readonly adminKubeconfig: string;
  /** Moves the pods to these addresses and networks, and leads the nodes to each other's. */
  readonly place: (layout: Layout) => Promise<void>;
  /** Sets whether the pods of `shop` are ready. */
  readonly ready: (ready: boolean) => Promise<void>;
  /** Ends kube-proxy on both nodes, and removes what it has put into the kernel. */
  readonly withoutKubeProxy: () => Promise<void>;
}

const kubernetes = folderOfPart('kubernetes-1.37.2');
const made = 0;

/** Starts the cluster. `undoing` takes what undoes a step; it is undone last first. */
export async function routedCluster(undoing: Undoing): Promise<RoutedCluster> {
  sweep();
  const place = mkdtempSync(join(tmpdir(), 'podfront-routed-'));
  undoing(() => rmSync(place, { recursive: true, force: true }));
  const space = (name: string) => `podfront-vm-${process.pid}-r${made}${name}`;
  for (const name of ['switch', 'client', 'vm', ...Object.keys(nodes)]) namespace(undoing, space(name));
  ipIn(space('switch'), 'link add br0 type bridge\nlink set br0 up');
  for (const [name, address] of Object.entries({ vm: '192.0.2.2', ...nodes })) {
    const port = `link add ${name} type veth peer name eth0 netns ${space(name)}`;
    ipIn(space('switch'), `${port}\nlink set ${name} master br0\nlink set ${name} up`);
    ipIn(space(name), `address add ${address}/24 dev eth0\nlink set eth0 up`);
  }
  ipIn(
    space('vm'),
    `link add eth1 type veth peer name eth0 netns ${space('client')}\naddress add 198.51.100.2/24 dev eth1\nlink set eth1 up`,
  );
  ipIn(space('client'), 'address add 198.51.100.1/24 dev eth0\nlink set eth0 up');

  const side = (name: string, file: string): ChildProcess => {
    const program = fileURLToPath(new URL(file, import.meta.url));
    const child = spawn('ip', ['netns', 'exec', space(name), process.execPath, `--import=${import.meta.resolve('tsx')}`, program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    undoing(() => void child.kill('SIGKILL'));
    return child;
  };
  const said = async (child: ChildProcess): Promise<unknown> => {
    const ended = once(child, 'exit').then(() => {
      throw new Error('a process of the cluster ended');
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
    return message;
  };
  const plane = side('node1', 'control-plane-side.ts');
  const [ready] = (await Promise.all([said(plane), ...Object.keys(nodes).map((name) => said(side(name, 'pods-side.ts')))])) as [
    ClusterReady,
  ];
  const order = async (one: ClusterOrder): Promise<void> => {
    plane.send(one);
    const answer = await said(plane);
    if (answer !== 'done') throw new Error(String(answer));
  };

  const kubeconfig = join(place, 'admin.conf');
  writeFileSync(kubeconfig, ready.adminKubeconfig, { mode: 0o600 });
  const proxies = Object.keys(nodes).map((name) => {
    // It forwards what is not for its own pods.
    const log = openSync(join(place, `${name}.log`), 'w');
    const forward = 'echo 1 >/proc/sys/net/ipv4/ip_forward && exec "$0" "$@"';
    const words = [`--kubeconfig=${kubeconfig}`, `--hostname-override=${name}`, '--proxy-mode=nftables', `--cluster-cidr=${podNetwork}`];
    // The limits of connection tracking are the machine's: a namespace cannot set them.
    const limits = ['--conntrack-max-per-core=0', '--conntrack-min=0', '--conntrack-tcp-timeout-established=0s'];
    const child = spawn(
      'ip',
      [
        ...['netns', 'exec', space(name), 'setpriv', '--pdeathsig', 'KILL', 'sh', '-c', forward, join(kubernetes, 'kube-proxy')],
        ...[...words, ...limits, '--conntrack-tcp-timeout-close-wait=0s'],
      ],
      // npm puts its programs in front of PATH, and one of them is an nft as well.
      { stdio: ['ignore', log, log], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
    );
    closeSync(log);
    undoing(() => void child.kill('SIGKILL'));
    return { name, child };
  });

  let before: Layout | null = null;
  const lead = (layout: Layout, verb: 'add' | 'del') => {
    for (const [name, networks] of Object.entries(layout.networks) as [NodeName, readonly string[]][])
      for (const network of networks)
        for (const other of Object.keys(nodes))
          ipIn(space(other), `route ${verb} ${other === name ? `local ${network} dev lo` : `${network} via ${nodes[name]}`}`);
  };
  return {
    vm: machine(join(place, 'vm'), space('vm')),
    client: machine(join(place, 'client'), space('client')),
    administrator: machine(join(place, 'node1'), space('node1'), { kubectl: join(kubernetes, 'kubectl') }, { KUBECONFIG: kubeconfig }),
    adminKubeconfig: ready.adminKubeconfig,
    async place(layout) {
      if (before !== null) lead(before, 'del');
      lead(layout, 'add');
      before = layout;
      await order({ kind: 'pods', layout });
    },
    ready: (isReady) => order({ kind: 'ready', ready: isReady }),
    async withoutKubeProxy() {
      for (const { name, child } of proxies) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
        const cleanup = spawn('ip', ['netns', 'exec', space(name), '/usr/sbin/nft', 'flush', 'ruleset'], { stdio: 'inherit' });
        await once(cleanup, 'exit');
      }
    },
  };
}
