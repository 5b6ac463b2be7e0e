import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Haproxy, startHaproxy } from '../../demo/haproxy.ts';
import { type ControlPlane, startControlPlane } from '../../test/support/kubernetes/control-plane.ts';
import { slice, slicePath } from '../../test/support/kubernetes/objects.ts';

/** The port of every pod. */
export const podPort = 8080;

/** A control plane, and pods that answer with their own address. */
export interface Scene {
  readonly plane: ControlPlane;
  readonly folder: string;
  /** Performance time of the last request to each pod. */
  readonly lastRequest: Map<string, number>;
  /** Pods that refuse connections. */
  readonly dead: Set<string>;
  /** Makes a Service without a selector, whose endpoints are given to `setPods`. */
  readonly makeService: (name: string, spec?: object) => Promise<void>;
  /** Writes the slices of a Service: a thousand endpoints at most each. */
  readonly setPods: (service: string, pods: readonly Pod[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A pod; `terminating` ones still serve. */
export interface Pod {
  readonly address: string;
  readonly terminating?: boolean;
  /** Whether it is ready, unless it terminates; true when not given. */
  readonly ready?: boolean;
}

/** HAProxy, and podfront that keeps it. */
export interface Frontend {
  readonly haproxy: Haproxy;
  readonly podfront: ChildProcess;
  readonly stop: () => Promise<void>;
}

/** Starts the control plane and the pods; everything ends with `close`. */
export async function startScene(): Promise<Scene> {
  const plane = await startControlPlane({ controllers: false });
  const folder = mkdtempSync(join(tmpdir(), 'podfront-kube-'));
  const lastRequest = new Map<string, number>();
  const dead = new Set<string>();
  const server = createServer(({ socket }, response) => {
    const address = socket.localAddress ?? '';
    lastRequest.set(address, performance.now());
    response.end(address);
  });
  server.on('connection', (socket) => {
    if (dead.has(socket.localAddress ?? '')) socket.resetAndDestroy();
  });
  server.listen(podPort, '0.0.0.0', 10_000);
  await once(server, 'listening');
  const known = new Map<string, number>();
  return {
    plane,
    folder,
    lastRequest,
    dead,
    async makeService(name, spec = {}) {
      const ports = [{ name: 'http', port: 80, targetPort: podPort }];
      await plane.ok('POST', '/api/v1/namespaces/default/services', { metadata: { name }, spec: { ports, ...spec } });
    },
    async setPods(service, pods) {
      const before = known.get(service) ?? 0;
      const slices = Math.max(1, Math.ceil(pods.length / 1000), before);
      known.set(service, slices);
      for (let i = 0; i < slices; i++) {
        const endpoints = pods.slice(i * 1000, (i + 1) * 1000).map(({ address, terminating = false, ready = true }) => ({
          addresses: [address],
          conditions: { ready: ready && !terminating, serving: ready, terminating },
          targetRef: { kind: 'Pod', name: `pod-${address.replaceAll('.', '-')}`, namespace: 'default' },
        }));
        const name = `${service}-${i}`;
        if (i >= before) await plane.ok('POST', slicePath('default'), slice(service, name, endpoints, [{ name: 'http', port: podPort }]));
        else await plane.ok('PATCH', slicePath('default', name), { endpoints });
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await plane.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts podfront and HAProxy with these listens, and waits until HAProxy serves. */
export async function startFrontend(scene: Scene, name: string, listen: object, cluster: object = {}): Promise<Frontend> {
  const folder = join(scene.folder, name);
  mkdirSync(folder);
  const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];
  writeFileSync(
    config,
    JSON.stringify({
      cluster: { nameservers: ['127.0.0.1:53'], serviceNetworks: ['10.0.0.0/24'], podNetworks: ['10.1.0.0/16'], ...cluster },
      haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') } },
      status: join(folder, 'status.sock'),
      listen,
    }),
  );
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const podfront = spawn(
    process.execPath,
    [...(process.env.BENCH_NODE ?? '').split(' ').filter((word) => word !== ''), main, '--config', config, '--log-level', 'warn', 'watch'],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const orphan = () => podfront.kill('SIGKILL');
  process.once('exit', orphan);
  const last = Object.keys(listen).at(-1);
  const written = () => {
    try {
      return readFileSync(output, 'utf8').includes(`listen ${last}\n`);
    } catch {
      return false;
    }
  };
  for (let i = 0; i < 1200 && !written(); i++) await sleep(50);
  const haproxy = await startHaproxy({ folder, files: [output], env: process.env });
  return {
    haproxy,
    podfront,
    async stop() {
      const over = once(podfront, 'exit');
      process.off('exit', orphan);
      podfront.kill('SIGTERM');
      await over;
      await haproxy.stop();
    },
  };
}

/** The key of `cluster` that makes the Kubernetes API the source. */
export function withApi({ plane }: Scene): object {
  return { api: { kubeconfig: plane.adminKubeconfig } };
}

/** Asks once, on a connection of its own. The body, or null where there is no answer of 200. */
export function ask(port: number, host = '127.0.0.1'): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port });
    const end = () => {
      socket.destroy();
      resolve(/^HTTP\/1\.1 200 /.test(text) ? (text.split('\r\n\r\n')[1] ?? '') : null);
    };
    socket
      .setTimeout(10_000, end)
      .setEncoding('latin1')
      .once('connect', () => socket.write('GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n'))
      .on('data', (chunk: string) => (text += chunk))
      .once('error', end)
      .once('end', end);
  });
}

/** The address of the pod of that number. */
export function podAddress(n: number): string {
  return `10.1.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`;
}

/** Middle and 99th of a hundred, in milliseconds. */
export function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms (${sorted.length} runs)`;
}

/** Runs the parts of a bench that the command line names, each in a scene of its own. */
export async function runParts(parts: Readonly<Record<string, (scene: Scene) => Promise<void>>>): Promise<void> {
  for (const name of process.argv.slice(2)) {
    const scene = await startScene();
    try {
      console.log(`== ${name}`);
      await parts[name]?.(scene);
    } finally {
      await scene.close();
    }
  }
}
