import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { startCluster } from '../../../demo/cluster.ts';
import { readScene } from '../../../demo/scene.ts';
import { eventually } from '../daemon-frontend.ts';
import { tempFolder } from '../haproxy.ts';
import { type Outcome, podfront } from '../podfront.ts';
import { repository } from './pages.ts';

/** A reader's VM: a folder with what the pages speak of, and a cluster. */
export interface Sandbox {
  readonly folder: string;
  readonly nameserver: string;
  /** Runs `podfront` with these words; paths of a VM are replaced by files in the folder. */
  readonly type: (words: readonly string[]) => Promise<Outcome>;
}

/** The files that the pages name for what needs no configuration. */
const files: Readonly<Record<string, string>> = {
  'haproxy.cfg': 'listen web\n    bind 127.0.0.1:80\n    server-template pod 5 web.default.svc.cluster.local:80\n',
  'sites.txt': '192.168.0.0/16 office\n',
  'addr.json': '[{"ifname":"eth0","addr_info":[{"family":"inet","local":"192.0.2.7","prefixlen":24}]}]',
  'route.json': '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"}]',
};

export async function openSandbox(t: ExecutionContext): Promise<Sandbox> {
  const folder = await tempFolder(t);
  const scene = readScene(
    'namespaces: [default]\nservices:\n  - {name: ingress, headless: true, ports: [{name: https, port: 443}], pods: {first: 127.10.1.1, count: 3}}',
  );
  const cluster = await startCluster({ scene });
  t.teardown(cluster.close);
  const config = {
    cluster: { nameservers: [cluster.nameserver], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] },
    haproxy: { output: join(folder, 'kept.cfg'), reload: 'none', stats: 'none' },
    status: join(folder, 'status.sock'),
    pace: { poll: '200ms' },
    listen: { ingress: { binds: ['127.0.0.1:20443'], podPort: 443 } },
  };
  writeFileSync(join(folder, 'podfront.yaml'), JSON.stringify(config));
  // What needs no configuration finds none.
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(empty, name), text);
  const places: Readonly<Record<string, string>> = {
    '/etc/podfront/podfront.yaml': join(folder, 'podfront.yaml'),
    '/etc/haproxy/haproxy.cfg': join(folder, 'kept.cfg'),
  };
  const here = (word: string) => places[word] ?? (word.startsWith('examples/') ? join(repository, word) : word);

  return {
    folder,
    nameserver: cluster.nameserver,
    async type(given) {
      const words = given.map(here);
      // A page may speak of it twice; a reader does it once.
      if (words.includes('init')) rmSync(join(empty, 'podfront.yaml'), { force: true });
      if (['init', 'import', 'check-networks'].some((command) => words.includes(command))) return podfront(words, { cwd: empty });
      if (words.includes('watch') && !words.includes('--once')) return beside(words);
      if (words.includes('status')) return beside(['watch'], () => podfront(words, { cwd: folder }));
      return podfront(words, { cwd: folder });
    },
  };

  /** Does something while a daemon runs; without it, returns the outcome of the daemon after it was stopped. */
  async function beside(daemon: readonly string[], work?: () => Promise<Outcome>): Promise<Outcome> {
    const stop = new AbortController();
    const watching = podfront(daemon, { cwd: folder, signal: stop.signal });
    await eventually('the daemon is at work', async () => (await podfront(['status'], { cwd: folder })).status === 0);
    const outcome = await work?.();
    stop.abort('SIGTERM');
    const ended = await watching;
    return outcome ?? ended;
  }
}
