import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, startCluster } from './cluster.ts';
import { readExamples } from './examples.ts';
import { type Pods, startPods } from './pods.ts';
import { reservePorts } from './ports.ts';
import { withPodPort } from './scene.ts';

/** The surroundings of a demonstration: its process, its programs, its output. */
export interface DemoWorld {
  /** The repository; ends with a slash. */
  readonly root: string;
  /** The folder in which a temporary folder is made. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program that is podfront, and its first arguments. */
  readonly podfront: readonly [program: string, ...args: string[]];
  /** Whether `haproxy` is on PATH. */
  readonly haproxy: boolean;
  /** Whether `::1` is this machine. */
  readonly ipv6: boolean;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A listen of the demonstration: where HAProxy takes its connections. */
export interface DemoListen {
  readonly name: string;
  readonly port: number;
}

/** The parts of a demonstration that run before HAProxy does. */
export interface Setup {
  readonly folder: string;
  readonly cluster: Cluster;
  /** null where the system has no loopback address but 127.0.0.1, so that pods cannot listen. */
  readonly pods: Pods | null;
  readonly listens: readonly DemoListen[];
  /** Runs podfront in the folder, with the configuration there; resolves with what it wrote, rejects when its exit status is not 0. */
  readonly podfront: (...args: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;
}

/** The steps that undo a set-up, to be taken in reverse. */
export type Closers = (() => Promise<unknown>)[];

/** Starts the cluster of some examples and its pods, and writes their podfront.yaml to a temporary folder. */
export async function setUp(world: DemoWorld, closers: Closers, names: readonly string[]): Promise<Setup> {
  const folder = await mkdtemp(join(world.temporary, 'podfront-demo-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const examples = readExamples(`${world.root}examples/`, names);
  const cluster = await startCluster({ scene: examples.scene, wildcard: false });
  closers.push(cluster.close);

  const [stats = 0, spare = 0, ...listens] = await reservePorts(2 + examples.listens.length);
  const pods = await podsOf(cluster);
  if (pods !== null) closers.push(pods.close);
  const port = pods?.port ?? spare;
  cluster.set(withPodPort(examples.scene, port));
  await writeFile(join(folder, 'podfront.yaml'), examples.config(cluster.nameserver, { pods: port, listens, stats }, world.ipv6));
  return {
    folder,
    cluster,
    pods,
    listens: examples.listens.map((name, i) => ({ name, port: listens[i] ?? 0 })),
    podfront: (...args) => podfront(world, folder, args),
  };
}

async function podsOf(cluster: Cluster): Promise<Pods | null> {
  const addresses = cluster.scene().services.flatMap((service) => service.endpoints.map((endpoint) => endpoint.address.text));
  try {
    return await startPods(addresses);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') return null;
    throw error;
  }
}

async function podfront({ podfront: [program, ...first], env, signal }: DemoWorld, cwd: string, args: readonly string[]) {
  const child = spawn(program, [...first, '--config', 'podfront.yaml', ...args], { cwd, env: { ...env }, signal });
  child.stdin.end();
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`podfront ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return { stdout, stderr };
}
