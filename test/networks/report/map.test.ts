import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { folderOf } from '../../support/folder.ts';
import { podfront } from '../../support/podfront.ts';

test('The map shows private space as a whole, with a declared network far from the cluster', async (t) => {
  const cwd = folderOf(t);
  const args = ['check-networks', '--no-host', '--network', 'office=192.168.0.0/16', 'lab=172.20.0.0/16', '--map', 'map.svg'];
  const { stdout } = await podfront(args, { cwd });
  for (const space of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']) t.true(stdout.includes(`private space ${space}\n`), stdout);
  t.regex(stdout, /^192\.168\.0\.0\/16 office +\|=+\|$/m);
  t.regex(stdout, /^everything +\|\.+={2,}\.+\|$/m, 'the lab is a part of its space');
  const svg = readFileSync(join(cwd, 'map.svg'), 'utf8');
  for (const text of ['192.168.0.0/16  office', '172.20.0.0/16  lab', 'private space 10.0.0.0/8'])
    t.true(svg.includes(`>${text}</text>`), text);
});

test('A list longer than the rows of the map is counted, and all of it is in the bar of its space', async (t) => {
  const list = Array.from({ length: 2_000 }, (_, i) => `172.${16 + (i >> 8)}.${i & 255}.0/24\n`).join('');
  const { stdout } = await podfront(['check-networks', '--no-host', '--networks-file', '-'], { cwd: folderOf(t), stdin: list });
  // 2,000 of the 4,096 networks of that size.
  const [, bar = ''] = /private space 172\.16\.0\.0\/12\n.*\neverything +\|(.*)\|/.exec(stdout) ?? [];
  t.true(Math.abs((bar.match(/=/g)?.length ?? 0) / bar.length - 2_000 / 4_096) < 0.05, bar);
  t.regex(stdout, /and 488 more/);
});

test('IPv6 space is shown where anything lies in it', async (t) => {
  const { stdout } = await podfront(['check-networks', '--no-host', '--network', 'site=fd12::/16'], { cwd: folderOf(t) });
  t.regex(stdout, /private space fd00::\/8\n/);
  t.notRegex((await podfront(['check-networks', '--no-host'], { cwd: folderOf(t) })).stdout, /fd00/);
});

test('Characters that turn the direction of text are shown escaped in both maps', async (t) => {
  const cwd = folderOf(t);
  const args = ['check-networks', '--no-host', '--networks-file', '-', '--map', 'map.svg'];
  const { stdout } = await podfront(args, { cwd, stdin: '192.168.0.0/16 of\u202efice\u2066\n' });
  for (const map of [stdout, readFileSync(join(cwd, 'map.svg'), 'utf8')]) {
    t.true(map.includes('of\\u202efice\\u2066'), map);
    t.notRegex(map, /[\u202e\u2066]/);
  }
});
