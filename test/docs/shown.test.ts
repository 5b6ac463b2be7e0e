import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { startCluster } from '../../demo/cluster.ts';
import { readScene } from '../../demo/scene.ts';
import { blocks, page, pages } from '../support/docs/pages.ts';
import { openSandbox } from '../support/docs/sandbox.ts';
import { shownIn } from '../support/docs/shell.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

/** What differs from one run to the next, and from the reader's cluster to the one of this test; columns grow with what stands in them. */
function told(text: string, nameserver = '', folder = ''): string {
  return (
    nameserver === '' ? text : text.replaceAll(nameserver, '10.0.0.254:53').replaceAll(join(folder, 'kept.cfg'), '/etc/haproxy/haproxy.cfg')
  )
    .replace(/127\.10\.1\./g, '10.1.3.')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(?<![\d.])\d+\.\d+\.\d+(?!\.?\d)(?![\d.]*[:/])/g, 'VERSION')
    .replace(/\b\d+\.\d$/gm, 'MS')
    .replace(/ +/g, ' ')
    .trim();
}

/** Whether the lines are those that were shown; a line `...` stands for any number of lines. */
function agrees(shown: readonly string[], lines: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return lines.length === 0;
  if (first === '...') return lines.some((_, at) => agrees(rest, lines.slice(at))) || agrees(rest, []);
  return lines.length > 0 && first === lines[0] && agrees(rest, lines.slice(1));
}

for (const path of pages) {
  const shown = shownIn(page(path)).filter(({ words }) => words[0] === 'podfront');
  if (shown.length === 0) continue;
  needs('haproxy')(`${path}: each command prints what the page shows`, async (t) => {
    const { type, nameserver, folder } = await openSandbox(t);
    for (const { line, text, words, output } of shown) {
      const { stdout, stderr } = await type(words.slice(1));
      const said = told(`${stdout}${stderr}`, nameserver, folder);
      const wanted = told(output.join('\n'));
      t.true(agrees(wanted.split('\n'), said.split('\n')), `${path}:${line}: ${text} does not print\n${wanted}\nbut\n${said}`);
    }
  });
}

test('some pages show what commands print', (t) => {
  const paths = pages.filter((path) => shownIn(page(path)).length > 0);
  t.true(isDeepStrictEqual(paths, ['docs/doctor.md', 'docs/networks.md', 'docs/operations.md']), paths.join(', '));
});

// The same configuration stands in both; what it gives, only in the first.
for (const path of ['README.md', 'docs/migration.md']) {
  needs('haproxy')(`${path}: the short configuration gives the block that is shown`, async (t) => {
    const yaml = blocks(page(path)).find(({ language, lines }) => language === 'yaml' && lines.includes('    podPort: 443'));
    const block = blocks(page('README.md')).find(({ lines }) => lines[0] === 'listen ingress');
    const scene =
      'services: [{name: ingress, clusterIPs: [127.0.0.17], ports: [{name: https, port: 443}], endpoints: [{address: 127.1.3.7}, {address: 127.1.4.2}]}]';
    const cluster = await startCluster({ scene: readScene(scene), wildcard: true });
    t.teardown(cluster.close);
    const cwd = folderOf(t);
    // The reader's networks are 10.a; nothing of this test leaves the machine.
    const networks = `serviceNetworks: [127.0.0.0/24], podNetworks: [127.1.0.0/16]`;
    const written = (yaml?.lines ?? []).filter((line) => !/^cluster:|^ {2}nameservers:/.test(line)).join('\n');
    writeFileSync(join(cwd, 'podfront.yaml'), `cluster: {nameservers: ["${cluster.nameserver}"], ${networks}}\n${written}`);
    const { status, stdout, stderr } = await podfront(['render'], { cwd });
    t.is(status, 0, stderr);
    t.true(stdout.replaceAll('127.1.', '10.1.').includes(`\n${(block?.lines ?? ['']).join('\n')}\n`), stdout);
  });
}
