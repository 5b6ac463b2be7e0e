// Writes haproxy.cfg of every example anew, from its configuration and its cluster: node --import tsx scripts/examples.ts
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../demo/cluster.ts';
import { asExample, exampleNames, exampleOnLoopback, exampleScene, putExample, withoutFolder } from '../test/support/examples.ts';
import { podfront } from '../test/support/podfront.ts';

const folder = mkdtempSync(join(tmpdir(), 'podfront-examples-'));
for (const name of exampleNames) {
  const file = new URL(`../examples/${name}/haproxy.cfg`, import.meta.url);
  writeFileSync(file, '', { flag: 'a' });
  const cluster = await startCluster({ scene: exampleScene(name), wildcard: true, host: '127.0.0.254' });
  putExample(name, exampleOnLoopback(name, cluster.nameserver).config, folder);
  const { status, stdout, stderr } = await podfront(['render', '--haproxy-version', '2.6'], { cwd: folder });
  await cluster.close();
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  writeFileSync(file, asExample(withoutFolder(stdout, folder), cluster.nameserver));
}
rmSync(folder, { recursive: true });
