import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from '../../demo/cluster.ts';
import { withCertificates } from '../support/certificates.ts';
import { exampleNames, exampleOnLoopback, exampleScene, needsOf, putExample, read, withoutFolder } from '../support/examples.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

for (const name of exampleNames) {
  for (const transport of ['udp', 'tcp'] as const) {
    needs(...needsOf(name))(`examples/${name} gives its haproxy.cfg when cluster DNS is asked over ${transport}`, async (t) => {
      const cluster = await startCluster({ scene: exampleScene(name), wildcard: true, host: '127.0.0.254', seed: 7 });
      t.teardown(cluster.close);
      const { config, expected } = exampleOnLoopback(name, cluster.nameserver);
      const cwd = folderOf(t);
      putExample(name, transport === 'tcp' ? config.replace(cluster.nameserver, `tcp@${cluster.nameserver}`) : config, cwd);
      const { status, stdout, stderr } = await podfront(['render', '--haproxy-version', '2.6'], { cwd });
      t.is(status, 0, stderr);
      t.is(withoutFolder(stdout, cwd), transport === 'tcp' ? overTcp(expected) : expected);
      const { tcp, udp } = cluster.queries();
      if (transport === 'tcp') t.is(udp, 0);
      else t.is(tcp, 0);
    });
  }

  needs('haproxy', ...needsOf(name))(`the real HAProxy takes examples/${name}/haproxy.cfg without a warning`, (t) => {
    const folder = folderOf(t);
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, withCertificates(read(name, 'haproxy.cfg'), join(folder, 'certs')));
    const { status, stderr } = spawnSync('haproxy', ['-dW', '-c', '-f', file], { encoding: 'utf8' });
    t.is(status, 0, stderr);
  });
}

/** What `tcp@` in the configuration changes in the file: how HAProxy asks, and how large an answer it takes. */
function overTcp(text: string): string {
  return text.replace('nameserver dns1 ', 'nameserver dns1 tcp@').replace('accepted_payload_size 8192', 'accepted_payload_size 65535');
}
