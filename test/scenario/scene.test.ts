import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';
import { apiFor, clusterFor } from '../support/transcript.ts';

const scenes = fileURLToPath(new URL('../../fixtures/scene/', import.meta.url));

// A scene is a folder named in words: podfront.yaml, and cluster.yaml (cluster DNS) or api.yaml (objects of the Kubernetes API, for the
// file `kubeconfig`), perhaps before.cfg (the file that was there) and args (further arguments) in, haproxy.cfg and explain.txt out.
// Written anew with UPDATE=1.
for (const name of readdirSync(scenes)) {
  needs('haproxy')(`scene: ${name.replaceAll('-', ' ')}`, async (t) => {
    const scene = join(scenes, name);
    const cwd = folderOf(t);
    const given = (file: string) => (existsSync(join(scene, file)) ? readFileSync(join(scene, file), 'utf8') : '');
    const cluster = await clusterFor(given('cluster.yaml') || 'services: []');
    t.teardown(cluster.close);
    if (given('api.yaml') !== '') {
      const api = await apiFor(given('api.yaml'));
      t.teardown(api.close);
      writeFileSync(join(cwd, 'kubeconfig'), api.kubeconfig);
    }
    const away = (text: string) => text.replaceAll(cluster.nameserver, 'NAMESERVER');
    const here = (text: string) => text.replaceAll('NAMESERVER', cluster.nameserver);
    writeFileSync(join(cwd, 'podfront.yaml'), here(readFileSync(join(scene, 'podfront.yaml'), 'utf8')));
    if (existsSync(join(scene, 'templates'))) cpSync(join(scene, 'templates'), join(cwd, 'templates'), { recursive: true });
    if (existsSync(join(scene, 'before.cfg')))
      writeFileSync(join(cwd, 'haproxy.cfg'), here(readFileSync(join(scene, 'before.cfg'), 'utf8')));
    const args = given('args').trim().split(' ').filter(Boolean);

    const { status, stderr } = await podfront(['render', 'haproxy.cfg', '--explain', ...args], { cwd });
    t.is(status, 0, stderr);
    const rendered = away(readFileSync(join(cwd, 'haproxy.cfg'), 'utf8'));
    const explained = away(stderr);
    if (process.env.UPDATE === '1') {
      writeFileSync(join(scene, 'haproxy.cfg'), rendered);
      writeFileSync(join(scene, 'explain.txt'), explained);
    }
    t.is(rendered, readFileSync(join(scene, 'haproxy.cfg'), 'utf8'));
    t.is(explained, readFileSync(join(scene, 'explain.txt'), 'utf8'));

    const again = await podfront(['render', 'haproxy.cfg', '--check', ...args], { cwd });
    t.is(again.status, 0, `rendering again changes nothing: ${again.stdout}`);
  });
}
