import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../../../demo/ports.ts';
import { folderOfPart, type KubernetesPart } from './build.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { type Answer, httpsRequest } from './https-request.ts';

/** One program of the control plane: what a test may do to it. */
export interface Program {
  readonly kill: () => Promise<void>;
  /** SIGSTOP and SIGCONT: it is there, and says nothing. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Starts it again with the same arguments, and more; resolves when it is ready. */
  readonly start: (...more: readonly string[]) => Promise<void>;
}

/** A running control plane: etcd, kube-apiserver and kube-controller-manager. */
export interface ControlPlane {
  readonly folder: string;
  readonly url: string;
  readonly port: number;
  /** PEM of the authority behind the API server's certificate. */
  readonly authority: string;
  /** A kubeconfig with all rights. */
  readonly adminKubeconfig: string;
  readonly etcdUrl: string;
  /** Its state is in `FOLDER/etcd`. */
  readonly etcd: Program;
  readonly apiServer: Program;
  /** Another API server on the same port of 127.0.0.2, of the same cluster. It is not started yet. */
  readonly otherApiServer: Program;
  readonly controllerManager: Program;
  /** Asks the API as an administrator; `body` is JSON, or for PATCH a merge patch. */
  readonly request: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** The same; throws unless the status is 2xx. */
  readonly ok: (method: string, path: string, body?: unknown) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** The options of a control plane. */
export interface ControlPlaneOptions {
  /** Default: the current one. */
  readonly version?: KubernetesPart;
  /** Whether kube-controller-manager is started: it makes slices of Services with selectors, ServiceAccounts, and signs certificates. */
  readonly controllers?: boolean;
  /** The networks of ClusterIPs, with a comma between; one of each family makes a cluster of both. */
  readonly serviceNetworks?: string;
  /** A further address for which the API server's certificate is, where a test leads it there. */
  readonly address?: string;
}

export const adminToken = 'administrator';

/** The controllers that miss the heartbeats of a kubelet, to be left out: their names differ by version. */
const withoutHeartbeats: Readonly<Record<KubernetesPart, string>> = {
  'kubernetes-1.37.2': '-node-lifecycle-controller,-taint-eviction-controller',
  'kubernetes-1.24.17': '-nodelifecycle',
};

/**
 * Starts a control plane on loopback. Every program ends with this process, also when that is killed.
 * Throws with what the programs wrote when one of them is not ready in time.
 */
export async function startControlPlane({
  version = 'kubernetes-1.37.2',
  controllers = true,
  serviceNetworks = '10.0.0.0/24',
  address = '127.0.0.1',
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-kubernetes-'));
  const [etcdPort = 0, peerPort = 0, port = 0, managerPort = 0] = await reservePorts(4);
  const file = (name: string) => join(folder, name);
  const { authority, certificate, key, authorityKey } = certificateAuthority(folder, undefined, address);
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file('accounts.key'), accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(file('accounts.pub'), accounts.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(file('tokens.csv'), `${adminToken},administrator,administrator,system:masters\n`);
  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const adminKubeconfig = file('administrator.kubeconfig');
  writeFileSync(adminKubeconfig, kubeconfigText(url, readFileSync(authority, 'utf8'), { token: adminToken }), { mode: 0o600 });

  const requestTo = (server: string, method: string, path: string, body?: unknown) =>
    httpsRequest({ url: `${server}${path}`, method, ca: readFileSync(authority, 'utf8'), token: adminToken, body });
  const request: ControlPlane['request'] = (...words) => requestTo(url, ...words);
  const running: ChildProcess[] = [];
  const orphans = () => {
    for (const child of running) child.kill('SIGKILL');
  };
  process.once('exit', orphans);

  const program = (path: string, words: readonly string[], ready: () => Promise<boolean>): Program => {
    let child: ChildProcess | null = null;
    const log = `${path}.log`;
    return {
      async kill() {
        if (child === null || child.exitCode !== null || child.signalCode !== null) return;
        const over = once(child, 'exit');
        child.kill('SIGKILL');
        await over;
      },
      pause: () => void child?.kill('SIGSTOP'),
      resume: () => void child?.kill('SIGCONT'),
      async start(...more) {
        const out = openSync(file(log.replace(/.*\//, '')), 'a');
        const [command = '', ...args] = ['setpriv', '--pdeathsig', 'KILL', path, ...words, ...more];
        child = spawn(command, args, { stdio: ['ignore', out, out] });
        closeSync(out);
        running.push(child);
        const until = Date.now() + 120_000;
        while (!(await ready().catch(() => false))) {
          const ended = child.exitCode !== null || child.signalCode !== null;
          if (ended || Date.now() > until)
            throw new Error(`${path} is not ready: ${readFileSync(file(log.replace(/.*\//, '')), 'utf8').slice(-4000)}`);
          await sleep(50);
        }
      },
    };
  };

  const kubernetes = folderOfPart(version);
  const etcd = program(
    join(folderOfPart('etcd-3.6.14'), 'server'),
    [
      `--data-dir=${file('etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
    () => reachable(etcdUrl),
  );
  const apiServerAt = (address: string) =>
    program(
      join(kubernetes, 'kube-apiserver'),
      [
        `--etcd-servers=${etcdUrl}`,
        `--secure-port=${port}`,
        `--bind-address=${address}`,
        `--advertise-address=${address}`,
        `--cert-dir=${folder}`,
        `--tls-cert-file=${certificate}`,
        `--tls-private-key-file=${key}`,
        `--client-ca-file=${authority}`,
        `--service-account-key-file=${file('accounts.pub')}`,
        `--service-account-signing-key-file=${file('accounts.key')}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        `--token-auth-file=${file('tokens.csv')}`,
        '--authorization-mode=RBAC',
        `--service-cluster-ip-range=${serviceNetworks}`,
        '--endpoint-reconciler-type=none',
      ],
      async () => (await requestTo(`https://${address}:${port}`, 'GET', '/readyz')).status === 200,
    );
  const apiServer = apiServerAt('127.0.0.1');
  const otherApiServer = apiServerAt('127.0.0.2');
  const controllerManager = program(
    join(kubernetes, 'kube-controller-manager'),
    [
      `--kubeconfig=${adminKubeconfig}`,
      `--secure-port=${managerPort}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${folder}`,
      '--leader-elect=false',
      `--controllers=*,${withoutHeartbeats[version]}`,
      '--use-service-account-credentials=false',
      `--service-account-private-key-file=${file('accounts.key')}`,
      `--root-ca-file=${authority}`,
      `--cluster-signing-cert-file=${authority}`,
      `--cluster-signing-key-file=${authorityKey}`,
    ],
    // It has made the ServiceAccount of the default namespace: then its controllers run.
    async () => (await request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200,
  );
  const close = async () => {
    process.off('exit', orphans);
    await Promise.all([controllerManager.kill(), apiServer.kill(), otherApiServer.kill(), etcd.kill()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await etcd.start();
    await apiServer.start();
    // A pod on a node that is not there is in no slice.
    await request('POST', '/api/v1/nodes', { metadata: { name: 'node1', labels: { 'topology.kubernetes.io/zone': 'zone1' } } });
    if (controllers) await controllerManager.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    url,
    port,
    authority: readFileSync(authority, 'utf8'),
    adminKubeconfig,
    etcdUrl,
    etcd,
    apiServer,
    otherApiServer,
    controllerManager,
    request,
    async ok(method, path, body) {
      const answer = await request(method, path, body);
      if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
      return answer;
    },
    close,
  };
}

/** The text of a kubeconfig for one server and one user. */
export function kubeconfigText(server: string, authority: string, user: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

async function reachable(url: string): Promise<boolean> {
  return (await fetch(`${url}/health`)).ok;
}
