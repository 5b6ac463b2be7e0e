import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { folderOf } from '../support/folder.ts';
import { podfront } from '../support/podfront.ts';

const scenes = fileURLToPath(new URL('../../fixtures/networks/scene/', import.meta.url));
const inputs = ['addresses.json', 'routes.json', 'resolv.conf', 'list.txt', 'podfront.yaml'];

// A scene is a folder named in words: a host as files, perhaps podfront.yaml, list.txt and args (further arguments) in;
// report.txt, report.json and map.svg out. Written anew with UPDATE=1; then read what changed before it is committed.
for (const name of readdirSync(scenes)) {
  test(`networks: ${name.replaceAll('-', ' ')}`, async (t) => {
    const scene = join(scenes, name);
    const cwd = folderOf(t);
    for (const file of inputs) if (existsSync(join(scene, file))) cpSync(join(scene, file), join(cwd, file));
    const further = existsSync(join(scene, 'args')) ? readFileSync(join(scene, 'args'), 'utf8').trim().split(' ') : [];
    const args = ['check-networks', '--addresses', 'addresses.json', '--routes', 'routes.json', '--resolv-conf', 'resolv.conf', ...further];
    const { status, stdout: text, stderr } = await podfront([...args, '--map', 'map.svg'], { cwd });
    const { stdout: json } = await podfront([...args, '--json'], { cwd });
    const written = {
      'report.txt': `${text}${stderr}exit ${status}\n`,
      'report.json': `${JSON.stringify(JSON.parse(json), null, 1)}\n`,
      'map.svg': readFileSync(join(cwd, 'map.svg'), 'utf8'),
    };
    for (const [file, content] of Object.entries(written)) {
      if (process.env.UPDATE === '1') writeFileSync(join(scene, file), content);
      t.is(content, readFileSync(join(scene, file), 'utf8'), file);
    }
  });
}
