import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutHaproxyVariables } from '../../../src/haproxy/process/environment.ts';
import { folderOfPart } from '../kubernetes/build.ts';
import { apiPort, bridgeAddress, type ClusterOrder, type ClusterReady, podPort } from './cluster-constants.ts';

/** The outcome of a command: its exit status and its output. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A frontend VM: a network namespace on the cluster's bridge, with the addresses for Services on its loopback. */
export interface Vm {
  readonly address: string;
  readonly folder: string;
  /** Writes podfront.yaml: the frontend's own keys, and these behind them. */
  readonly configure: (more?: string) => void;
  readonly startHaproxy: () => Promise<void>;
  /** Starts `podfront watch` in the background; what it logs is in `log`. */
  readonly startPodfront: () => Promise<void>;
  readonly stopPodfront: (signal?: NodeJS.Signals) => Promise<void>;
  readonly log: () => string;
  /** Runs podfront. */
  readonly podfront: (...args: readonly string[]) => Promise<Ended>;
  /** Runs any program on the VM. */
  readonly run: (...words: readonly string[]) => Promise<Ended>;
  readonly haproxyCfg: () => string;
  /** Whether the VM reaches the API. */
  readonly reach: (reachable: boolean) => Promise<void>;
}

/** A cluster with frontend VMs, each a network namespace on one bridge; nothing leads out of them. */
export interface FrontendCluster {
  readonly vms: readonly Vm[];
  /** kubectl as the administrator; throws where it fails. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** `kubectl create --raw`: posts an object to a path. */
  readonly create: (path: string, object: object) => Promise<void>;
  /** `kubectl apply` of objects. */
  readonly apply: (...objects: readonly object[]) => Promise<void>;
  /** The kubeconfig of the administrator, usable from everywhere. */
  readonly kubeconfig: string;
  /** The file of the authority behind the pods' certificate. */
  readonly authority: string;
  /** A request of a client, which has the addresses 203.0.113.1 to .9 and 2001:db8:2::1 to ::9. */
  readonly curl: (url: string, ...args: readonly string[]) => Promise<Ended>;
  /** Leads the addresses for Services to one of the VMs, as VRRP would. */
  readonly leadTo: (vm: Vm) => void;
  /** Looks for an address among the machines on the bridge, where VRRP moves it. */
  readonly onLink: (address: string) => void;
  /** Runs a program beside the cluster, as a client. */
  readonly client: (...words: readonly string[]) => Promise<Ended>;
}

/** The addresses for Services in `configure`. */
export const pool = ['198.51.100.10', '198.51.100.11', '198.51.100.12', '2001:db8:9::10'] as const;

const root = fileURLToPath(new URL('../../../', import.meta.url));
let made = 0;

/** Starts a cluster with so many VMs. `undoing` takes what undoes a step; it is undone last first. */
export async function frontendCluster(undoing: (undo: () => void | Promise<void>) => void, count = 1): Promise<FrontendCluster> {
  sweep();
  const place = mkdtempSync(join(tmpdir(), 'podfront-lb-'));
  undoing(() => rmSync(place, { recursive: true, force: true }));
  const name = `podfront-lb-${process.pid}-${made++}`;
  const cluster = `${name}-cluster`;
  namespace(undoing, cluster);
  ip(
    cluster,
    `link add br0 type bridge
    address add ${bridgeAddress}/24 dev br0
    address add 2001:db8:1::1/64 dev br0 nodad
    link set br0 up
    route add local 10.1.0.0/16 dev lo
    route add local 10.0.0.0/24 dev lo`,
  );
  for (let i = 1; i <= 9; i++) ip(cluster, `address add 203.0.113.${i}/32 dev lo\naddress add 2001:db8:2::${i}/128 dev lo`);
  const names = Array.from({ length: count }, (_, i) => `${name}-vm${i + 1}`);
  for (const [i, vm] of names.entries()) {
    namespace(undoing, vm);
    ip(cluster, `link add vm${i + 1} type veth peer name eth0 netns ${vm}\nlink set vm${i + 1} master br0\nlink set vm${i + 1} up`);
    ip(
      vm,
      `address add 192.0.2.${11 + i}/24 dev eth0
      address add 2001:db8:1::${11 + i}/64 dev eth0 nodad
      link set eth0 up
      route add 10.1.0.0/16 via ${bridgeAddress}
      route add 10.0.0.0/24 via ${bridgeAddress}
      route add 203.0.113.0/24 via ${bridgeAddress}
      route add 2001:db8:2::/64 via 2001:db8:1::1
      ${pool.map((address) => `address add ${address}/${address.includes(':') ? 128 : 32} dev lo`).join('\n')}`,
    );
  }
  const { ready, order } = await startCluster(undoing, cluster);
  const authority = Buffer.from(ready.authority).toString('base64');
  const kubeconfig = join(place, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(authority), { mode: 0o600 });
  const inside = async (space: string, words: readonly string[], input = ''): Promise<Ended> => {
    const child = spawn('ip', ['netns', 'exec', space, ...words], { env: withoutHaproxyVariables(process.env) });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    // A program that does not read ends before what it is given arrives.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout, stderr };
  };
  const kubectlPath = join(folderOfPart('kubernetes-1.37.2'), 'kubectl');
  const kubectl = async (args: readonly string[], input = '') => {
    const { status, stdout, stderr } = await inside(cluster, [kubectlPath, `--kubeconfig=${ready.adminKubeconfig}`, ...args], input);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const vms = names.map((space, i) => {
    const folder = join(place, `vm${i + 1}`);
    mkdirSync(folder);
    return openVm({ space, folder, address: `192.0.2.${11 + i}`, kubeconfig, order }, undoing, inside);
  });
  return {
    vms,
    kubeconfig,
    authority: join(dirname(ready.adminKubeconfig), 'authority.crt'),
    kubectl: (...args) => kubectl(args),
    async create(path, object) {
      await kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(object));
    },
    async apply(...objects) {
      await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    },
    curl: (url, ...args) => inside(cluster, ['curl', '--silent', '--show-error', '--max-time', '5', ...args, url]),
    leadTo(vm) {
      const number = Number(vm.address.split('.').at(-1));
      ip(
        cluster,
        pool
          .map((address) =>
            address.includes(':') ? `route replace ${address} via 2001:db8:1::${number}` : `route replace ${address} via ${vm.address}`,
          )
          .join('\n'),
      );
    },
    onLink: (address) => ip(cluster, `route replace ${address} dev br0`),
    client: (...words) => inside(cluster, words),
  };
}

/** A Service with its slice, and pods that all answer: `10.1.NUMBER.1` and up. */
export function serviceWithPods(
  name: string,
  number: number,
  given: {
    readonly spec?: object;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly pods?: number;
    readonly namespace?: string;
    readonly port?: number;
  } = {},
): readonly object[] {
  const { spec = {}, annotations = {}, pods = 2, namespace: of = 'default', port: ofPods = podPort } = given;
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: of, annotations },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'podfront/haproxy',
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80, targetPort: ofPods }],
      ...spec,
    },
  };
  const ports = service.spec.ports.map((port) => ({ name: (port as { name?: string }).name ?? '', port: ofPods }));
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: of, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: Array.from({ length: pods }, (_, i) => ({ addresses: [`10.1.${number}.${i + 1}`], conditions: { ready: true } })),
    ports,
  };
  return [service, slice];
}

interface VmPlace {
  readonly space: string;
  readonly folder: string;
  readonly address: string;
  readonly kubeconfig: string;
  readonly order: (order: ClusterOrder) => Promise<void>;
}

function openVm(
  { space, folder, address, kubeconfig, order }: VmPlace,
  undoing: (undo: () => void | Promise<void>) => void,
  inside: (space: string, words: readonly string[]) => Promise<Ended>,
): Vm {
  const config = join(folder, 'podfront.yaml');
  const main = join(root, 'dist', 'main.js');
  let daemon: ChildProcess | null = null;
  const log = join(folder, 'podfront.log');
  const stopPodfront = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
  };
  undoing(() => stopPodfront('SIGKILL'));
  return {
    address,
    folder,
    configure(more = '') {
      writeFileSync(
        config,
        `cluster:
  podNetworks: [10.1.0.0/16]
  serviceNetworks: [10.0.0.0/24]
  api: {kubeconfig: ${kubeconfig}}
haproxy:
  output: ${folder}/haproxy.cfg
  reload: {master: ${folder}/master.sock}
  stats: none
status: ${folder}/status.sock
pace:
  reloadEvery: 1s
loadBalancer:
  addresses: [${pool.map((one) => JSON.stringify(one)).join(', ')}]
${more}`,
      );
    },
    async startHaproxy() {
      // The first file is written before there is any Service; HAProxy wants a listener.
      if (!existsSync(`${folder}/haproxy.cfg`))
        writeFileSync(
          `${folder}/haproxy.cfg`,
          'defaults\n    mode tcp\n    timeout connect 1s\n    timeout client 5s\n    timeout server 5s\nfrontend first\n    bind 127.0.0.1:9\n',
        );
      const words = ['haproxy', '-W', '-S', `${folder}/master.sock`, '-f', `${folder}/haproxy.cfg`, '-p', `${folder}/haproxy.pid`];
      const out = openSync(`${folder}/haproxy.log`, 'a');
      spawn('ip', ['netns', 'exec', space, ...words], { stdio: ['ignore', out, out], env: withoutHaproxyVariables(process.env) });
      await eventually('HAProxy runs', () => existsSync(`${folder}/haproxy.pid`));
    },
    async startPodfront() {
      const out = openSync(log, 'a');
      daemon = spawn('ip', ['netns', 'exec', space, process.execPath, main, '--config', config, 'watch'], {
        stdio: ['ignore', out, out],
        env: withoutHaproxyVariables(process.env),
      });
      await eventually(
        'podfront runs',
        async () => (await inside(space, ['curl', '-s', '--unix-socket', `${folder}/status.sock`, 'http://x/readyz'])).stdout !== '',
      );
    },
    stopPodfront,
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    podfront: (...args) => inside(space, [process.execPath, main, '--config', config, ...args]),
    run: (...words) => inside(space, words),
    haproxyCfg: () => readFileSync(`${folder}/haproxy.cfg`, 'utf8'),
    reach: (reachable) => order({ kind: 'reach', vm: address, reachable }),
  };
}

/** Waits until something is so; throws when it is not within a minute. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function startCluster(undoing: (undo: () => void | Promise<void>) => void, space: string) {
  const program = fileURLToPath(new URL('cluster-side.ts', import.meta.url));
  const child = spawn('ip', ['netns', 'exec', space, process.execPath, `--import=${import.meta.resolve('tsx')}`, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the cluster ended');
  });
  ended.catch(() => {});
  undoing(async () => {
    if (child.connected) child.send({ kind: 'end' } satisfies ClusterOrder);
    await ended.catch(() => {});
  });
  const [ready] = (await Promise.race([once(child, 'message'), ended])) as [ClusterReady];
  const order = async (one: ClusterOrder) => {
    const done = Promise.race([once(child, 'message'), ended]);
    child.send(one);
    await done;
  };
  return { ready, order };
}

function kubeconfigFor(authority: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://${bridgeAddress}:${apiPort}`, 'tls-server-name': '127.0.0.1', 'certificate-authority-data': authority },
      },
    ],
    users: [{ name: 'test', user: { token: 'administrator' } }],
  });
}

function namespace(undoing: (undo: () => void) => void, name: string): void {
  ip(null, `netns add ${name}`);
  undoing(() => remove(name));
  ip(name, 'link set lo up');
}

function ip(space: string | null, commands: string): void {
  const input = `${commands
    .split('\n')
    .map((line) => line.trim())
    .join('\n')}\n`;
  const { status, stderr } = spawnSync('ip', [...(space === null ? [] : ['-netns', space]), '-batch', '-'], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Removes what a test that was killed could not: its namespaces bear its pid. */
function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of stdout.matchAll(/^podfront-lb-(\d+)-\S+/gm)) if (!existsSync(`/proc/${pid}`)) remove(name);
}

function remove(name: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter((line) => line !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
  spawnSync('ip', ['netns', 'delete', name]);
}
