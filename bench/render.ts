// 1,000 listens with 20 seeded slots each: laying out and rendering, against `haproxy -c` on the same file in the same run.
// Goal: a tenth of it at most. node --import tsx bench/render.ts
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderer } from '../src/haproxy/file/render.ts';
import { allocateServers } from '../src/haproxy/slots/allocate.ts';
import { assumedVersion } from '../src/haproxy-syntax/version.ts';
import { config, listen, observed } from '../test/support/config-sample.ts';
import { median, row } from './median.ts';

const folder = new URL('../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const listens = Array.from({ length: 1000 }, (_, i) => {
  const port = 10_000 + i;
  return listen({
    name: `listen-${i}`,
    maxExpectedPods: 20,
    binds: [{ text: `127.0.0.1:${port}`, host: null, firstPort: port, lastPort: port, tls: null }],
  });
});
const all = config(listens);
const observations = listens.map((one, i) =>
  observed(
    one,
    Array.from({ length: 20 }, (_, pod) => `127.${1 + (i >> 8)}.${i & 255}.${pod + 1}`),
  ),
);
const render = renderer(parts, assumedVersion);
const transport = { tcp: false, payload: 8192, warnings: [] };

const temp = mkdtempSync(join(tmpdir(), 'podfront-bench-'));
const file = join(temp, 'haproxy.cfg');
const times = { layout: [] as number[], render: [] as number[], haproxy: [] as number[] };
for (let run = -5; run < 25; run++) {
  const start = performance.now();
  const layout = allocateServers(all, observations, new Map(), false);
  const laidOut = performance.now();
  const text = render(all, layout, transport);
  const rendered = performance.now();
  if (run < 0) writeFileSync(file, text);
  else {
    times.layout.push(laidOut - start);
    times.render.push(rendered - laidOut);
    if (run % 3 === 0) times.haproxy.push(timed(() => spawnSync('haproxy', ['-c', '-f', file])));
  }
}
rmSync(temp, { recursive: true });
console.log(row('layout of 1,000 listens x 20 pods', times.layout));
console.log(row('render of 1,000 listens x 20 slots', times.render));
console.log(row('haproxy -c on the same file', times.haproxy));
console.log(`render / haproxy -c: ${(median(times.render) / median(times.haproxy)).toFixed(3)} (goal: at most 0.100)`);
console.log(`layout and render / haproxy -c: ${((median(times.layout) + median(times.render)) / median(times.haproxy)).toFixed(3)}`);

function timed(work: () => { status: number | null }): number {
  const start = performance.now();
  const { status } = work();
  if (status !== 0) throw new Error(`haproxy -c ended with ${status}`);
  return performance.now() - start;
}
