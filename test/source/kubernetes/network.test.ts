import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { folderOf } from '../../support/folder.ts';
import { sharedName } from '../../support/kubernetes/certificate-authority.ts';
import { needs } from '../../support/needs.ts';

const inNamespace = needs('kubernetes', 'openssl', 'root', 'netns', '/usr/sbin/nft', 'setpriv');
inNamespace('with real API servers: several behind one name, of which some are dead or silent, and a network that is cut', async (t) => {
  t.timeout(400_000);
  const hosts = join(folderOf(t), 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n127.0.0.2 ${sharedName}\n127.0.0.1 ${sharedName}\n`);
  const script = 'ip link set lo up && mount --bind "$1" /etc/hosts && shift && exec setpriv --pdeathsig KILL "$@"';
  const side = fileURLToPath(new URL('../../support/kubernetes/network-side.ts', import.meta.url));
  const words = ['--net', '--mount', 'sh', '-c', script, 'sh', hosts, process.execPath, '--import', 'tsx', side];
  const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [[status], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  t.is(status, 0, err);
  const { noticed, kept, lost } = JSON.parse(out) as { readonly noticed: number; readonly kept: readonly string[]; readonly lost: number };
  // The bound is 30 s; a machine under load may look later.
  t.true(noticed < 60_000, `${noticed} ms`);
  t.deepEqual(kept, ['10.1.0.4']);
  t.is(lost, 0);
});
