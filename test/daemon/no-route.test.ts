import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundled } from '../support/daemon-frontend.ts';
import { tempFolder } from '../support/haproxy.ts';
import { needs } from '../support/needs.ts';

/** Runs `podfront watch --once` where there is no route to cluster DNS, as on a VM whose kube-proxy has not started yet. */
async function watchOnce(folder: string, document: object): Promise<string> {
  const config = join(folder, 'podfront.yaml');
  await writeFile(config, JSON.stringify(document));
  const script = 'ip link set lo up && exec "$@"';
  const args = ['--net', 'sh', '-c', script, 'sh', ...bundled, '--config', config, 'watch', '--once'];
  const ended = await promisify(execFile)('unshare', args, { cwd: folder, env: { PATH: process.env.PATH } }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return ended.stdout + ended.stderr;
}

const cluster = {
  nameservers: ['10.0.0.254'],
  serviceNetworks: ['10.0.0.0/24'],
  podNetworks: ['10.1.0.0/16'],
  nodes: { node1: '192.0.2.11' },
};
const web = { binds: ['127.0.0.1:8443'], podPort: 443 };

for (const warnings of ['allow', 'refuse'])
  needs(
    'haproxy',
    'root',
    'ip',
  )(`without a route to cluster DNS a listen on nodes is written: warnings: ${warnings}`, async (t) => {
    const folder = await tempFolder(t);
    const output = join(folder, 'haproxy.cfg');
    const haproxy = { output, reload: 'none', stats: 'none', warnings };
    const said = await watchOnce(folder, { cluster, haproxy, listen: { web, nodes: { binds: ['127.0.0.1:8444'], lbServicePort: 30443 } } });
    const text = await readFile(output, 'utf8').catch(() => said);
    t.regex(text, /^listen nodes\n/m);
    t.notRegex(text, /^listen web\n/m);
    t.notRegex(said, /haproxy\.refused/);
  });

needs(
  'haproxy',
  'root',
  'ip',
)('without a route to cluster DNS and anything to serve, HAProxy is not asked about a file without listeners', async (t) => {
  const folder = await tempFolder(t);
  const output = join(folder, 'haproxy.cfg');
  const said = await watchOnce(folder, { cluster, haproxy: { output, reload: 'none', stats: 'none' }, listen: { web } });
  t.regex(said, /1 of 1 listens cannot be served as configured/);
  t.regex(said, /cluster DNS 10\.0\.0\.254:53 cannot be reached/);
  t.notRegex(said, /refused|no listener/);
  await t.throwsAsync(readFile(output), { code: 'ENOENT' });
});
