import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Check } from '../../src/doctor/check.ts';
import { folderOf } from '../support/folder.ts';
import { podfront } from '../support/podfront.ts';

const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
const documented = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);

test('docs/doctor.md has the checks of doctor, each once and in their order', async (t) => {
  const cwd = folderOf(t);
  const names = async (cluster: object, more: object = {}) => {
    const base = { nameservers: ['127.0.0.1:9'], serviceNetworks: ['127.255.0.0/24'], podNetworks: ['127.0.0.0/9'] };
    const document = {
      cluster: { ...base, ...cluster },
      haproxy: { reload: 'none', output: 'haproxy.cfg' },
      listen: { web: { podPort: 80 } },
      ...more,
    };
    writeFileSync(join(cwd, 'podfront.yaml'), JSON.stringify(document));
    const { stdout } = await podfront(['doctor', '--json'], { cwd });
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
    return checks.map(({ name }) => name.replace(/^listen web/, 'listen LISTEN').replace(/[\d.]+\/\d+$/, 'CIDR'));
  };
  t.deepEqual(
    await names({}),
    documented.filter((name) => !/^(topology: |Kubernetes API|LoadBalancer)/.test(name)),
  );
  t.deepEqual(
    await names({ nodes: { node1: '192.0.2.11' }, api: { kubeconfig: 'none' } }),
    documented.filter((name) => name !== 'topology' && !name.startsWith('LoadBalancer')),
  );
  t.deepEqual(
    await names({ nodes: { node1: '192.0.2.11' }, api: { kubeconfig: 'none' } }, { loadBalancer: { addresses: ['127.0.0.1'] } }),
    documented.filter((name) => name !== 'topology'),
  );
});
