import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { readScene, type Scene } from './scene.ts';

/** Ports of this machine that the examples are moved to. */
export interface Ports {
  /** Of every pod. */
  readonly pods: number;
  /** Of HAProxy's listens, one for each listen, in their order. */
  readonly listens: readonly number[];
  readonly stats: number;
}

type Listens = Readonly<Record<string, { readonly podPort: number | string }>>;

/** Some of examples/ as one configuration and one cluster that can run on this machine alone. */
export interface Examples {
  readonly scene: Scene;
  /** Names of the listens, in the order of the examples. */
  readonly listens: readonly string[];
  /** The text of a podfront.yaml: `binds` on loopback, pods' ports numbered as they are here, names kept. */
  readonly config: (nameserver: string, ports: Ports, ipv6: boolean) => string;
}

/** Reads `examples/<name>/{podfront,cluster}.yaml` for each name. They speak of 10.a.b.c, which is 127.a.b.c here; `folder` ends with a slash. */
export function readExamples(folder: string, names: readonly string[]): Examples {
  const read = (name: string, file: string) =>
    readFileSync(`${folder}${name}/${file}`, 'utf8').replace(/\b10\.(?=[01]\.\d+\.\d+)/g, '127.');
  const scenes = names.map((name) => readScene(read(name, 'cluster.yaml')));
  const listens: Listens = Object.assign(
    {},
    ...names.map((name) => (parse(read(name, 'podfront.yaml')) as { readonly listen: Listens }).listen),
  );
  return {
    scene: { namespaces: [...new Set(scenes.flatMap((scene) => scene.namespaces))], services: scenes.flatMap((scene) => scene.services) },
    listens: Object.keys(listens),
    config: (nameserver, ports, ipv6) =>
      stringify({
        cluster: { nameservers: [nameserver], serviceNetworks: ['127.0.0.0/24'], podNetworks: ['127.1.0.0/16'] },
        haproxy: { stats: `127.0.0.1:${ports.stats}`, reload: 'none' },
        listen: Object.fromEntries(
          Object.entries(listens).map(([name, listen], i) => {
            const hosts = ipv6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1'];
            const podPort = typeof listen.podPort === 'number' ? ports.pods : listen.podPort;
            return [name, { ...listen, binds: hosts.map((host) => `${host}:${ports.listens[i]}`), podPort }];
          }),
        ),
      }),
  };
}
