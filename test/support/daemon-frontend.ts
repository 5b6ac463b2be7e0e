import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type Cluster, startCluster } from '../../demo/cluster.ts';
import type { Haproxy } from '../../demo/haproxy.ts';
import { type Pods, startPods } from '../../demo/pods.ts';
import { reservePort } from '../../demo/ports.ts';
import { readScene } from '../../demo/scene.ts';
import type { Status } from '../../src/status/status.ts';
import { runHaproxy, tempFolder } from './haproxy.ts';
import { podfrontForAnybody } from './other-user.ts';

/** A frontend VM on loopback: a cluster with one headless service, its pods, and the files that podfront and HAProxy work on. */
export interface Frontend {
  readonly folder: string;
  readonly config: string;
  readonly output: string;
  /** The port of the listen `web`. */
  readonly port: number;
  readonly cluster: Cluster;
  readonly pods: Pods;
  /** Writes podfront.yaml: what is given is laid over what there is by default. */
  readonly configure: (over?: Over) => Promise<void>;
  /** Gives the service exactly these pods, which run already. */
  readonly scale: (count: number) => Promise<readonly string[]>;
  /** Starts HAProxy on the output, as its unit would. */
  readonly startHaproxy: (args?: readonly string[]) => Promise<Haproxy>;
  readonly text: () => Promise<string>;
  /** The pod that answers on the listen; throws when none does. */
  readonly get: (port?: number) => Promise<string>;
}

export interface Over {
  readonly haproxy?: Readonly<Record<string, unknown>>;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly pace?: Readonly<Record<string, unknown>>;
  readonly listen?: Readonly<Record<string, unknown>>;
  readonly status?: string;
}

/** Every test has 127.x.y.0/24 of its own, within the pod network of the configuration, so that pods of one never answer for another's. */
let next = 0;

export async function frontend(t: ExecutionContext, { binary }: { binary?: string } = {}): Promise<Frontend> {
  const folder = await tempFolder(t);
  const net = `127.${28 + (process.pid % 100)}.${next++}`;
  const pods = await startPods([`${net}.1`, `${net}.2`]);
  const scene = readScene(
    `namespaces: [default]\nservices:\n  - {name: web, headless: true, ports: [{port: ${pods.port}}], pods: {first: ${net}.1, count: 2}}`,
  );
  const cluster = await startCluster({ scene, ttl: 1 });
  t.teardown(async () => {
    await cluster.close();
    await pods.close();
  });
  const port = await reservePort();
  const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];

  async function configure({ haproxy = {}, cluster: dns = {}, pace = {}, listen = {}, status }: Over = {}): Promise<void> {
    const document = {
      cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'], ...dns },
      haproxy: { output, reload: { master: join(folder, 'master.sock') }, stats: 'none', ...(binary && { binary }), ...haproxy },
      pace: { poll: '200ms', settle: { min: '50ms', max: '500ms' }, reloadEvery: '500ms', ...pace },
      status: status ?? join(folder, 'status.sock'),
      listen: { web: { binds: [`127.0.0.1:${port}`], podPort: pods.port, mode: 'http' }, ...listen },
    };
    // YAML 1.2 is a superset of JSON.
    await writeFile(config, JSON.stringify(document, null, 2));
  }

  await configure();
  return {
    folder,
    config,
    output,
    port,
    cluster,
    pods,
    configure,
    scale: async (count) => {
      const wanted = cluster.scene().services[0];
      const addresses = Array.from({ length: count }, (_, i) => `${net}.${i + 1}`);
      await pods.start(...addresses);
      if (wanted === undefined) throw new Error('the scene has no service');
      return cluster.scale('default', 'web', count);
    },
    startHaproxy: (args = []) => runHaproxy(t, { folder, files: [output], args, ...(binary && { binary }) }),
    text: () => readFile(output, 'utf8'),
    get: async (at = port) => (await fetch(`http://127.0.0.1:${at}/`, { headers: { connection: 'close' } })).text(),
  };
}

/** A running `podfront watch`. */
export interface Watching {
  readonly pid: number;
  readonly said: () => string;
  /** Waits until the log says it, counted from the beginning, or from what `from` returned. */
  readonly says: (pattern: RegExp, from?: number) => Promise<void>;
  readonly status: () => Promise<Status>;
  /** Waits until the status is as wanted. */
  readonly until: (wanted: (status: Status) => boolean) => Promise<Status>;
  readonly get: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** The command that runs podfront: a bundle, which starts five times as fast as the sources under tsx. */
export const bundled = await podfrontForAnybody();

/** Starts `podfront watch` as a process of its own, by the command that runs podfront; it ends with the test. Its working directory is that of a systemd unit. */
export function startWatch(
  t: ExecutionContext,
  front: Pick<Frontend, 'folder' | 'config'>,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  podfront: readonly string[] = bundled,
  options: readonly string[] = [],
): Watching {
  const [file = '', ...rest] = [...podfront, '--config', front.config, '--log-level', 'debug', ...options, 'watch', ...args];
  const child: ChildProcess = spawn(file, rest, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | NodeJS.Signals | null);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    if (!t.passed) t.log(text);
  });
  return {
    pid: child.pid ?? 0,
    ...watched(front, () => text),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

/** The means to follow a running daemon: its log and its status socket. */
export function watched(front: Pick<Frontend, 'folder'>, said: () => string): Pick<Watching, 'said' | 'says' | 'status' | 'until' | 'get'> {
  const get = (path: string) => getOver(join(front.folder, 'status.sock'), path);
  const status = async () => JSON.parse((await get('/status')).text) as Status;
  return {
    said,
    says: (pattern, from = 0) => eventually(`the log says ${pattern}`, () => pattern.test(said().slice(from))),
    status,
    until: async (wanted) => {
      let last: Status | undefined;
      await eventually('the status is as wanted', async () => {
        last = await status();
        return wanted(last);
      }).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(last, null, 1)}`);
      });
      if (last === undefined) throw new Error('no status');
      return last;
    },
    get,
  };
}

/** A frontend with podfront and HAProxy running, in agreement. */
export async function atWork(t: ExecutionContext, over?: Over | ((front: Frontend) => Over), options: { readonly binary?: string } = {}) {
  const front = await frontend(t, options);
  await front.configure(typeof over === 'function' ? over(front) : over);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(isCurrent);
  return { front, watching, haproxy };
}

/** HAProxy was seen running the file that should be. */
export const isCurrent = ({ haproxy }: Status): boolean => haproxy.state === 'running' && haproxy.current;

/** Asks again until it holds; what throws does not hold yet. Gives up after 50 s: HAProxy's `hold nx` is 30 s. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  let last: unknown;
  for (const until = Date.now() + 50_000; Date.now() < until; await sleep(20)) {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`gave up waiting until ${what}`, { cause: last });
}

async function getOver(socketPath: string, path: string): Promise<{ status: number; text: string }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .once('error', reject)
      .end();
  });
}
