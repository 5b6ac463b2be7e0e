import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startHaproxy } from '../../demo/haproxy.ts';
import { reservePorts } from '../../demo/ports.ts';
import type { ControlPlane } from '../../test/support/kubernetes/control-plane.ts';
import { podPort } from './pods.ts';

/** What a contender is given. */
export interface Setting {
  /** A folder of its own. */
  readonly folder: string;
  readonly plane: ControlPlane;
  /** `address:port` of cluster DNS. */
  readonly nameserver: string;
  readonly mode: 'http' | 'tcp';
  /** The port to listen on. */
  readonly port: number;
  /** The most pods that there are. */
  readonly most: number;
}

/** Something that brings requests to the pods. */
export interface Contender {
  readonly stop: () => Promise<void>;
}

/** A contender's start. */
export type Start = (setting: Setting) => Promise<Contender>;

/** A file as the manual of HAProxy and its blog would have it (HAProxy manual 5.3.2): room for all pods, payload large enough. */
const byHand: Start = async ({ folder, nameserver, mode, port, most }) => {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
    mode ${mode}
    option redispatch
    retries 3
    timeout connect 5s
    timeout client 1m
    timeout server 1m

resolvers cluster
    nameserver dns1 tcp@${nameserver}
    accepted_payload_size 65535
    hold valid 1s

listen web
    bind 127.0.0.1:${port}
    balance leastconn
    server-template pod ${most} web.default.svc.cluster.local:${podPort} check resolvers cluster resolve-prefer ipv4 init-addr none
`,
  );
  return startHaproxy({ folder, files: [file], env: process.env });
};

const podfront =
  (source: 'dns' | 'api'): Start =>
  async ({ folder, plane, nameserver, mode, port }) => {
    const [config, output] = [join(folder, 'podfront.yaml'), join(folder, 'haproxy.cfg')];
    const api = source === 'api' ? { api: { kubeconfig: plane.adminKubeconfig } } : {};
    const document = {
      cluster: { nameservers: [nameserver], serviceNetworks: ['10.0.0.0/24'], podNetworks: ['10.1.0.0/16'], ...api },
      haproxy: { output, stats: 'none', reload: { master: join(folder, 'master.sock') } },
      listen: { web: { podPort, mode, binds: [`127.0.0.1:${port}`] } },
    };
    writeFileSync(config, JSON.stringify(document));
    const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    const child = started(spawn(process.execPath, [main, '--config', config, '--log-level', 'warn', 'watch'], { stdio: 'ignore' }));
    while (!readFileSync(output, { encoding: 'utf8', flag: 'a+' }).includes('listen web\n')) await sleep(50);
    const haproxy = await startHaproxy({ folder, files: [output], env: process.env });
    return {
      async stop() {
        await ended(child);
        await haproxy.stop();
      },
    };
  };

/** haproxytech's controller outside the cluster, with its defaults; an Ingress for http, its ConfigMap of services for tcp. */
const kubernetesIngress =
  (controller: string): Start =>
  async ({ folder, plane: { request, adminKubeconfig }, mode, port }) => {
    const [http = 0, ...others] = await reservePorts(7);
    const classPath = '/apis/networking.k8s.io/v1';
    await request('POST', `${classPath}/ingressclasses`, {
      metadata: { name: 'haproxy' },
      spec: { controller: 'haproxy.org/ingress-controller/haproxy' },
    });
    const backend = { service: { name: 'web', port: { number: 80 } } };
    await request('POST', `${classPath}/namespaces/default/ingresses`, {
      metadata: { name: 'web' },
      spec: { ingressClassName: 'haproxy', rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
    });
    const tcpServices = '/api/v1/namespaces/default/configmaps';
    if (mode === 'tcp') {
      await request('DELETE', `${tcpServices}/tcp`);
      await request('POST', tcpServices, { metadata: { name: 'tcp' }, data: { [port]: 'default/web:80' } });
    }
    const haproxy = (process.env.PATH ?? '').split(':')[0];
    const ports = ['https-bind', 'stats-bind', 'healthz-bind', 'localpeer', 'controller', 'default-backend'];
    const options = [
      ...['kubeconfig', adminKubeconfig, 'program', `${haproxy}/haproxy`, 'config-dir', folder, 'runtime-dir', join(folder, 'run')],
      ...['ipv4-bind-address', '127.0.0.1', 'ingress.class', 'haproxy', 'configmap-tcp-services', 'default/tcp', 'log', 'warning'],
      ...['http-bind-port', String(mode === 'http' ? port : http), ...ports.flatMap((name, i) => [`${name}-port`, String(others[i])])],
    ];
    const words = options.flatMap((word, i) => (i % 2 === 0 ? [`--${word}=${options[i + 1]}`] : []));
    const log = join(folder, 'controller.log');
    const child = started(
      spawn('sh', ['-c', 'exec "$@" >>"$0" 2>&1', log, controller, '-e', '--disable-ipv6', '--disable-quic', ...words], {
        stdio: 'ignore',
        env: { ...process.env, POD_NAME: 'haproxy-kubernetes-ingress-0', POD_NAMESPACE: 'default', POD_IP: '127.0.0.1' },
      }),
    );
    return {
      async stop() {
        await ended(child);
        const pid = Number(readFileSync(join(folder, 'run/haproxy.pid'), { encoding: 'utf8', flag: 'a+' }));
        if (pid > 0) process.kill(pid, 'SIGTERM');
      },
    };
  };

const controller = process.env.PODFRONT_BENCH_INGRESS ?? '';

/** Who takes part, the first ones being those that podfront is compared with. */
export const contenders: Readonly<Record<string, Start>> = {
  'by hand': byHand,
  ...(controller === '' ? {} : { 'kubernetes-ingress': kubernetesIngress(controller) }),
  'podfront, DNS': podfront('dns'),
  'podfront, API': podfront('api'),
};

/** Makes the folder of a contender, and starts it. */
export async function startContender(name: string, setting: Setting): Promise<Contender> {
  mkdirSync(setting.folder, { recursive: true });
  const start = contenders[name];
  if (start === undefined) throw new Error(`there is no contender ${name}`);
  return start(setting);
}

/** A child that ends with this process. */
function started(child: ChildProcess): ChildProcess {
  const orphan = () => child.kill('SIGKILL');
  process.once('exit', orphan);
  child.once('exit', () => process.off('exit', orphan));
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 5_000);
  await over;
}
