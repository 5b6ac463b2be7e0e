import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parseConfig } from '../../src/config/parse.ts';
import { knownKeys } from '../../src/config/schema/known-keys.ts';
import { starterConfig } from '../../src/config/starter.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

test('init writes a starter that is valid, and says what to do next', async (t) => {
  const cwd = folderOf(t);
  const said = 'podfront: wrote podfront.yaml; try: podfront render --offline\n';
  t.deepEqual(await podfront(['init'], { cwd }), { status: 0, stdout: '', stderr: said });
  t.is(readFileSync(join(cwd, 'podfront.yaml'), 'utf8'), starterConfig);
  t.deepEqual(readdirSync(cwd), ['podfront.yaml']);
  t.notThrows(() => parseConfig(starterConfig, 'podfront.yaml'));
});

test('init - writes to stdout, and no file', async (t) => {
  const cwd = folderOf(t);
  t.deepEqual(await podfront(['init', '-'], { cwd }), { status: 0, stdout: starterConfig, stderr: '' });
  t.deepEqual(readdirSync(cwd), []);
});

test('init keeps an existing file, and a dangling symlink, unless --force is given', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'mine.yaml'), 'mine', { mode: 0o600 });
  symlinkSync('nowhere', join(cwd, 'link.yaml'));
  for (const file of ['mine.yaml', 'link.yaml']) {
    const { status, stderr } = await podfront(['init', file], { cwd });
    t.is(status, 2);
    t.is(stderr, `podfront: error: ${file} already exists\npodfront: hint: name another file, or pass --force to replace it\n`);
  }
  t.is(readFileSync(join(cwd, 'mine.yaml'), 'utf8'), 'mine');
  t.is((await podfront(['init', '--force', 'mine.yaml'], { cwd })).status, 0);
  t.is(readFileSync(join(cwd, 'mine.yaml'), 'utf8'), starterConfig);
  t.deepEqual(readdirSync(cwd).sort(), ['link.yaml', 'mine.yaml']);
});

test('init says why a file cannot be written', async (t) => {
  const cwd = folderOf(t);
  mkdirSync(join(cwd, 'folder'));
  writeFileSync(join(cwd, 'file'), '');
  for (const [args, why] of [
    [['none/podfront.yaml'], 'its folder does not exist'],
    [['file/podfront.yaml'], 'a part of its path is not a folder'],
    [['--force', 'folder'], 'it is a folder'],
  ] as const) {
    const { status, stderr } = await podfront(['init', ...args], { cwd });
    t.is(status, 2);
    t.is(stderr.split('\n')[0], `podfront: error: cannot write ${args.at(-1)}: ${why}`);
  }
});

test('the starter shows every key', (t) => {
  const paths = [
    [],
    ['cluster'],
    ['haproxy'],
    ['pace'],
    ['pace', 'settle'],
    ['listen', 'ingress'],
    ['listen', 'ingress', 'sslBackend'],
    ['haproxy', 'reload'],
  ];
  for (const path of paths) {
    const keys = knownKeys(path);
    t.true(keys.length > 1);
    for (const key of keys) t.regex(starterConfig, new RegExp(`\\b${key}:`), [...path, key].join('.'));
  }
});

test('the starter shows the defaults', (t) => {
  const { listens: _, ...shown } = parseConfig(starterConfig, 'x');
  const { listens: __, ...defaults } = parseConfig('listen: {ingress: {podPort: 443}}', 'x');
  t.deepEqual(shown, defaults);
});

test('the commented-out keys of the starter are valid too', (t) => {
  const opened = starterConfig.replace(/^( *)# ( *\w+:( |$))/gm, '$1$2');
  const { cluster, haproxy, listens } = parseConfig(opened, 'x');
  t.deepEqual(
    listens.map(({ name, destination }) => `${name} ${destination.kind}`),
    ['ingress pods', 'web service', 'mail nodes'],
  );
  t.is(listens[0]?.records, 'endpoints');
  t.is(listens[0]?.fallbackServicePort, 'auto');
  t.deepEqual(cluster.api, { kind: 'kubeconfig', file: '/etc/podfront/kubeconfig', context: null });
  t.is(cluster.existingNetworks[0]?.network.cidr, '192.168.0.0/16');
  t.is(haproxy.socket, '/run/haproxy/haproxy.sock');
});

needs('haproxy')('the starter renders to a file that HAProxy takes', async (t) => {
  const cwd = folderOf(t);
  await podfront(['init'], { cwd });
  const { status, stderr } = await podfront(['render', '--offline', 'haproxy.cfg'], { cwd });
  t.is(status, 0, stderr);
});
