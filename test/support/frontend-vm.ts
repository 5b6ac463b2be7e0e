import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutHaproxyVariables } from '../../src/haproxy/process/environment.ts';
import { eventually } from './daemon-frontend.ts';
import type { Order } from './frontend-node.ts';

/** The outcome of a command: its exit status and its output. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that goes on. */
export interface Going {
  readonly said: () => string;
  /** Ends it by SIGTERM, as a service manager would, and resolves with its status. */
  readonly stop: () => Promise<number | null>;
}

/**
 * A frontend VM between its clients and a node, each a network namespace:
 *
 *     client 198.51.100.1 --- 198.51.100.2 VM 192.0.2.2 --- 192.0.2.11 node: 10.0.0.0/24 and 10.1.0.0/16
 *
 * Nothing leads out of the three. The VM has an /etc/haproxy, a /run and a working folder of its own.
 */
export interface FrontendVm {
  /** The folder in which commands on the VM run. */
  readonly folder: string;
  /** The VM's /etc/haproxy/haproxy.cfg, as it is called outside. */
  readonly haproxyCfg: string;
  /** Runs a line of the shell on the VM, `podfront` being the built program; waits until it ends, not for what it leaves behind. */
  readonly run: (line: string) => Promise<Ended>;
  /** Starts a line of the shell on the VM that does not end by itself. */
  readonly start: (line: string) => Going;
  /** Runs a line of the shell on the client. */
  readonly client: (line: string) => Promise<Ended>;
  /** `ip` on the VM, one command a line. */
  readonly ip: (commands: string) => void;
  /** Leads the cluster's networks to the node, as kube-proxy and flannel would. */
  readonly routes: () => void;
  readonly order: (order: Order) => Promise<void>;
  /** Ends every HAProxy of the VM. */
  readonly stopHaproxy: () => Promise<void>;
}

/** Takes what undoes a step; it is undone last first. */
export type Undoing = (undo: () => void) => void;

const root = fileURLToPath(new URL('../../', import.meta.url));
let made = 0;

export async function frontendVm(undoing: Undoing): Promise<FrontendVm> {
  sweep();
  const place = mkdtempSync(join(tmpdir(), 'podfront-vm-'));
  undoing(() => rmSync(place, { recursive: true, force: true }));
  const name = `podfront-vm-${process.pid}-${made++}`;
  const [client, vm, node] = [`${name}-client`, `${name}-vm`, `${name}-node`];
  for (const space of [client, vm, node]) namespace(undoing, space);
  const ip = (commands: string, space = vm) => batch(['-netns', space], commands);
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

  const [folder, etc, run, bin] = ['work', 'etc', 'run', 'bin'].map((part) => join(place, part)) as [string, string, string, string];
  for (const path of [folder, etc, run, bin]) mkdirSync(path);
  symlinkSync(process.execPath, join(bin, 'node'));
  writeFileSync(join(bin, 'podfront'), `#!/bin/sh\nexec "${process.execPath}" "${root}dist/main.js" "$@"\n`, { mode: 0o755 });

  let count = 0;
  /** `ip netns exec` makes a mount namespace, so what is mounted here is mounted nowhere else. */
  const inside = (space: string, line: string): { readonly child: ChildProcess; readonly files: readonly [string, string] } => {
    const files = [join(place, `${count}.out`), join(place, `${count++}.err`)] as const;
    const prepare = 'mount --bind "$1/run" /run && mount --bind "$1/etc" /etc/haproxy && cd "$1/work" && eval "exec $2"';
    const child = spawn('ip', ['netns', 'exec', space, 'sh', '-c', prepare, 'sh', place, line], {
      stdio: ['ignore', openSync(files[0], 'w'), openSync(files[1], 'w')],
      env: { ...withoutHaproxyVariables(process.env), PATH: `${bin}:${process.env.PATH}`, PODFRONT_CONFIG: '' },
    });
    return { child, files };
  };
  const complete = async (space: string, line: string): Promise<Ended> => {
    const { child, files } = inside(space, line);
    const [status] = (await once(child, 'exit')) as [number | null];
    const [stdout, stderr] = files.map((file) => readFileSync(file, 'utf8')) as [string, string];
    return { status, stdout, stderr };
  };

  const cluster = await startNode(undoing, node);
  return {
    folder,
    haproxyCfg: join(etc, 'haproxy.cfg'),
    run: (line) => complete(vm, line),
    client: (line) => complete(client, line),
    ip,
    routes: () => ip('route replace 10.0.0.0/24 via 192.0.2.11\nroute replace 10.1.0.0/16 via 192.0.2.11'),
    order: cluster,
    start: (line) => {
      const { child, files } = inside(vm, line);
      const ended = once(child, 'exit') as Promise<[number | null]>;
      return {
        said: () => files.map((file) => readFileSync(file, 'utf8')).join(''),
        stop: async () => {
          child.kill('SIGTERM');
          return (await ended)[0];
        },
      };
    },
    stopHaproxy: async () => {
      const running = () => pidsIn(vm).filter((pid) => nameOf(pid) === 'haproxy');
      for (const pid of running()) end(pid, 'SIGTERM');
      await eventually('HAProxy is gone', () => running().length === 0);
    },
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

/** Removes what a test that was killed could not: its namespaces bear its pid. */
function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of stdout.matchAll(/^podfront-vm-(\d+)-\S+/gm)) if (!existsSync(`/proc/${pid}`)) remove(name);
}

function remove(name: string): void {
  for (const pid of pidsIn(name)) end(pid, 'SIGKILL');
  spawnSync('ip', ['netns', 'delete', name]);
  rmSync(join('/etc/netns', name), { recursive: true, force: true });
}

/** Makes a namespace that ends with the tests, and with it every process in it, those that went into the background too. */
function namespace(undoing: Undoing, name: string): void {
  batch([], `netns add ${name}`);
  const etc = join('/etc/netns', name);
  undoing(() => remove(name));
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, 'resolv.conf'), 'nameserver 203.0.113.53\n');
  batch(['-netns', name], 'link set lo up');
}

function batch(options: readonly string[], commands: string): void {
  const input = `${commands
    .split('\n')
    .map((line) => line.trim())
    .join('\n')}\n`;
  const { status, stderr } = spawnSync('ip', [...options, '-batch', '-'], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function pidsIn(name: string): readonly number[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
