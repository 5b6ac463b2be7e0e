import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { type Cluster, type ClusterOptions, type Fault, startCluster } from '../../demo/cluster.ts';
import { type ApiObject, type KubernetesApi, startKubernetesApi } from '../../demo/kubernetes-api.ts';
import { readScene } from '../../demo/scene.ts';
import { podfront } from './podfront.ts';

/**
 * A transcript: a sentence, files, and what was typed with what came back.
 *
 *     -- podfront.yaml --      a file; NAMESERVER in it is replaced by the address of cluster DNS
 *     -- api.yaml --           starts an API server with these objects, and writes the file kubeconfig for it
 *     -- cluster.yaml --       starts the embedded cluster with this scene; it may have `wildcard: true` and `payload: N`
 *     $ podfront render -      a command, its stdout, its stderr behind `! `, and its exit status in brackets
 *     $ cat FILE
 *     $ scale NAMESPACE NAME PODS
 *     $ dns FAULT              cluster DNS fails from now on: silent, servfail, refused, truncate, garbage, none
 */
export interface Transcript {
  readonly files: Readonly<Record<string, string>>;
  readonly commands: readonly string[];
}

/** Plays the transcript's commands in a folder and returns the transcript as it came out. */
export async function play(t: ExecutionContext, text: string, folder: string): Promise<string> {
  const { files, commands } = readTranscript(text);
  const cluster = files['cluster.yaml'] === undefined ? null : await clusterFor(files['cluster.yaml']);
  if (cluster !== null) t.teardown(cluster.close);
  const api = files['api.yaml'] === undefined ? null : await apiFor(files['api.yaml']);
  if (api !== null) {
    t.teardown(api.close);
    writeFileSync(join(folder, 'kubeconfig'), api.kubeconfig);
  }
  for (const [name, content] of Object.entries(files)) {
    if (name !== 'cluster.yaml' && name !== 'api.yaml')
      writeFileSync(join(folder, name), content.replaceAll('NAMESERVER', cluster?.nameserver ?? 'NAMESERVER'));
  }
  const head = text.slice(0, text.search(/^\$ /m));
  let out = head;
  for (const command of commands) {
    const said = hidden(await type(command, folder, cluster), folder, cluster);
    out += `$ ${command}\n${api === null ? said : said.replaceAll(`127.0.0.1:${api.port}`, 'APISERVER')}`;
  }
  return out;
}

export function readTranscript(text: string): Transcript {
  const files: Record<string, string> = {};
  let file: string | null = null;
  const commands: string[] = [];
  for (const line of text.split('\n')) {
    const name = /^-- (\S+) --$/.exec(line)?.[1];
    if (name !== undefined) {
      file = name;
      files[name] = '';
    } else if (line.startsWith('$ ')) {
      file = null;
      commands.push(line.slice(2));
    } else if (file !== null && commands.length === 0) files[file] += `${line}\n`;
  }
  return { files, commands };
}

async function type(command: string, folder: string, cluster: Cluster | null): Promise<string> {
  const [program = '', ...args] = command.split(' ').map((word) => word.replaceAll('NAMESERVER', cluster?.nameserver ?? 'NAMESERVER'));
  switch (program) {
    case 'podfront': {
      const { status, stdout, stderr } = await podfront(args, { cwd: folder });
      return `${stdout}${stderr.replace(/^/gm, '! ').replace(/! $/, '')}[${status}]\n`;
    }
    case 'cat':
      return readFileSync(join(folder, args[0] ?? ''), 'utf8');
    case 'scale':
      cluster?.scale(args[0] ?? '', args[1] ?? '', Number(args[2]));
      return '';
    case 'dns':
      cluster?.fault(args[0] as Fault);
      return '';
    default:
      throw new Error(`a transcript cannot run ${program}`);
  }
}

/** Replaces what differs from run to run by a name. */
function hidden(text: string, folder: string, cluster: Cluster | null): string {
  const placed = text
    .replaceAll(folder, '/FOLDER')
    .replace(/\b\d+(\.\d+)? ms\b/g, 'N ms')
    .replace(/ +\d+ {2,}\d+\.\d$/gm, '  N  N.N');
  return cluster === null ? placed : placed.replaceAll(cluster.nameserver, 'NAMESERVER').replaceAll(`-p ${cluster.port}`, '-p PORT');
}

/** Starts the cluster of a scene file, with the options that it has. */
export async function clusterFor(yaml: string, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const payload = /^payload: (\d+)$/m.exec(yaml)?.[1];
  return startCluster({
    scene: readScene(yaml),
    wildcard: /^wildcard: true$/m.test(yaml),
    ...(payload !== undefined && { payload: Number(payload) }),
    ...options,
  });
}

/** Starts an API server with the objects of a file, which is a list: `{service: NAME, ...spec}` or `{slice: NAME, of: SERVICE, ...}`. */
export async function apiFor(yaml: string): Promise<KubernetesApi> {
  const api = await startKubernetesApi({ days: 365 });
  for (const { service, slice, of, namespace = 'default', ...fields } of parse(yaml) as readonly WrittenObject[]) {
    const metadata = { namespace, name: service ?? slice ?? '', labels: { 'kubernetes.io/service-name': of ?? '' } };
    if (service !== undefined) api.set('services', { metadata, spec: { type: 'ClusterIP', ...fields } } as ApiObject);
    else api.set('endpointslices', { metadata, addressType: 'IPv4', ...fields } as ApiObject);
  }
  return api;
}

interface WrittenObject {
  readonly service?: string;
  readonly slice?: string;
  /** The Service of the slice. */
  readonly of?: string;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}
