import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Haproxy, startHaproxy } from '../demo/haproxy.ts';
import { type ApiObject, startKubernetesApi } from '../demo/kubernetes-api.ts';
import { startPods } from '../demo/pods.ts';
import { reservePort } from '../demo/ports.ts';
import { askDaemon } from '../src/status/ask-daemon.ts';
import { type Load, startLoad } from './load.ts';

/** The pods of the Service, by the last number of their addresses. */
export interface PodsOfService {
  readonly ready: readonly number[];
  readonly draining: readonly number[];
}

/** A Service `web` in an API double, its pods, HAProxy, and clients that send requests. Its listen, in TCP mode, has its pods from the API. */
export interface PatchScene {
  readonly config: string;
  readonly output: string;
  /** Gives the Service these pods. */
  readonly serve: (pods: PodsOfService) => void;
  /** Starts HAProxy on the file, the clients, and a connection that lasts. */
  readonly startTraffic: () => Promise<void>;
  /** The servers that HAProxy has, by the number of their pods: whether each takes connections. */
  readonly servers: () => Promise<ReadonlyMap<number, boolean>>;
  /** Whether the file has exactly these pods. */
  readonly isInFile: (pods: PodsOfService) => boolean;
  /** Whether HAProxy and the file have exactly these pods, each as it should be. */
  readonly isServed: (pods: PodsOfService) => Promise<boolean>;
  /** Whether a podfront runs that saw HAProxy run its file. */
  readonly isCurrent: () => Promise<boolean>;
  /** What the clients and HAProxy itself have noticed since this was asked last. */
  readonly complaints: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

const net = '127.78.0';

/** Starts it in a folder that is empty; HAProxy waits for its file. @param pods all that there will ever be */
export async function startPatchScene(folder: string, all: readonly number[]): Promise<PatchScene> {
  const [config, output, status] = [join(folder, 'podfront.yaml'), join(folder, 'out', 'haproxy.cfg'), join(folder, 'status.sock')];
  const port = await reservePort();
  const pods = await startPods(all.map((n) => `${net}.${n}`));
  const api = await startKubernetesApi();
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'kubeconfig'), api.kubeconfig);
  const document = {
    cluster: {
      ...{ nameservers: ['127.0.0.1:53'], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
      api: { kubeconfig: join(folder, 'kubeconfig') },
    },
    haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') } },
    status,
    listen: { web: { podPort: pods.port, binds: [`127.0.0.1:${port}`], mode: 'tcp' } },
  };
  writeFileSync(config, JSON.stringify(document));
  const metadata = { name: 'web', namespace: 'default' };
  const ports = [{ name: 'http', port: 80, targetPort: pods.port, protocol: 'TCP' }];
  api.set('services', { metadata, spec: { type: 'ClusterIP', clusterIP: 'None', selector: { app: 'web' }, ports } } as ApiObject);

  let haproxy: Haproxy | undefined;
  let load: Load | undefined;
  let lasting: Socket | undefined;
  let [isCut, reloads, failures] = [false, 0, 0];

  /** Sends requests on one connection, as long as it lasts. */
  async function ask(socket: Socket): Promise<void> {
    for await (const _ of socket.setEncoding('latin1')) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      socket.write(request);
    }
  }

  const servers: PatchScene['servers'] = async () => {
    const shown = (await haproxy?.tell('show servers state web')) ?? '';
    const rows = shown.matchAll(/^\d+ web \d+ web-(\d+) \S+ \d+ (\d+) (\d+) /gm);
    return new Map([...rows].map(([, n, admin, weight]) => [Number(n), admin === '0' && weight !== '0']));
  };
  const isInFile: PatchScene['isInFile'] = ({ ready, draining }) => {
    if (!existsSync(output)) return false;
    const named = [...readFileSync(output, 'utf8').matchAll(/^ +server web-(\d+) /gm)].map(([, n]) => Number(n));
    return sorted(named) === sorted([...ready, ...draining]);
  };
  return {
    config,
    output,
    serve({ ready, draining }) {
      const endpoint = (conditions: object) => (n: number) => ({
        ...{ addresses: [`${net}.${n}`], conditions, targetRef: { kind: 'Pod', name: `web-${n}` } },
      });
      api.set('endpointslices', {
        metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [...ready.map(endpoint({ ready: true })), ...draining.map(endpoint({ ready: false, serving: true, terminating: true }))],
        ports: [{ name: 'http', port: pods.port, protocol: 'TCP' }],
      } as ApiObject);
    },
    async startTraffic() {
      haproxy = await startHaproxy({ folder, files: [output], env: process.env });
      load = startLoad([port], 3, 10);
      lasting = connect(port, '127.0.0.1', () => lasting?.write(request)).once('close', () => (isCut = true));
      void ask(lasting).catch(() => {});
    },
    servers,
    isInFile,
    async isServed(wanted) {
      const found = await servers();
      const taking = [...found].flatMap(([n, takes]) => (takes ? [n] : []));
      return isInFile(wanted) && sorted(taking) === sorted(wanted.ready) && found.size === wanted.ready.length + wanted.draining.length;
    },
    async isCurrent() {
      const { status: found } = await askDaemon({ kind: 'unix', path: status }, AbortSignal.timeout(5_000)).catch(() => ({ status: null }));
      return found?.haproxy.current === true;
    },
    async complaints() {
      const found: string[] = [];
      await promisify(execFile)('haproxy', ['-c', '-f', output]).catch(() => found.push('HAProxy refuses the file'));
      const all = load?.failures() ?? [];
      found.push(...all.slice(failures).map((failure) => `a request failed: ${failure}`));
      failures = all.length;
      const counted = (await haproxy?.processes())?.reloads ?? 0;
      if (counted > reloads) found.push(`${counted - reloads} reloads`);
      reloads = counted;
      if (isCut) found.push('the connection that lasts was cut');
      isCut = false;
      return found;
    },
    async close() {
      lasting?.destroy();
      await load?.stop();
      await haproxy?.stop();
      await pods.close();
      await api.close();
    },
  };
}

const request = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';

function sorted(numbers: readonly number[]): string {
  return [...numbers].sort((a, b) => a - b).join();
}
