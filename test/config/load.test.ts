import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type LoadedConfig, loadConfig, loadNetworksIfAny } from '../../src/config/load.ts';
import { Problem } from '../../src/problem/problem.ts';
import { folderOf } from '../support/folder.ts';

const named = (name: string) => `listen: {${name}: {podPort: 443}}\n`;
const listen = ({ config }: LoadedConfig) => config.listens[0]?.name;
const io = (cwd: string, env: Readonly<Record<string, string>> = {}, stdin = '') => ({
  cwd,
  env,
  stdin: async () => stdin,
  signal: new AbortController().signal,
});

test('--config comes before PODFRONT_CONFIG, and that before ./podfront.yaml', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'a.yaml'), named('flag'));
  writeFileSync(join(cwd, 'b.yaml'), named('env'));
  writeFileSync(join(cwd, 'podfront.yaml'), named('here'));
  t.is(listen(await loadConfig(io(cwd, { PODFRONT_CONFIG: 'b.yaml' }), 'a.yaml')), 'flag');
  t.is(listen(await loadConfig(io(cwd, { PODFRONT_CONFIG: join(cwd, 'b.yaml') }), undefined)), 'env');
  t.is(listen(await loadConfig(io(cwd, { PODFRONT_CONFIG: '' }), undefined)), 'here');
});

test('a named configuration must exist, even where there is one in a default place', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'podfront.yaml'), named('here'));
  for (const load of [loadConfig, loadNetworksIfAny]) {
    await t.throwsAsync(load(io(cwd), 'other.yaml'), {
      instanceOf: Problem,
      code: 'config.unreadable',
      message: /other\.yaml: there is no such file/,
    });
    const problem = await t.throwsAsync(load(io(cwd, { PODFRONT_CONFIG: 'x/other.yaml' }), undefined), { instanceOf: Problem });
    t.is(problem?.hint, 'PODFRONT_CONFIG names it');
  }
});

test('without any configuration the default places are named, and check-networks does without', async (t) => {
  const cwd = folderOf(t);
  await t.throwsAsync(loadConfig(io(cwd), undefined), {
    instanceOf: Problem,
    code: 'config.not-found',
    message: 'there is no configuration: neither ./podfront.yaml nor /etc/podfront/podfront.yaml exists',
  });
  t.is(await loadNetworksIfAny(io(cwd), undefined), null);
});

test('a file that is not readable text is refused with the reason', async (t) => {
  const cwd = folderOf(t);
  mkdirSync(join(cwd, 'folder'));
  symlinkSync('circle', join(cwd, 'circle'));
  execFileSync('mkfifo', [join(cwd, 'pipe')]);
  writeFileSync(join(cwd, 'latin1.yaml'), Buffer.from('listen: {caf\xe9: {podPort: 443}}', 'latin1'));
  writeFileSync(join(cwd, 'large.yaml'), `${named('a')}#${'x'.repeat(4 * 1024 * 1024)}`);
  for (const [file, message] of [
    ['folder', /it is a folder/],
    ['circle', /symlinks go in a circle/],
    ['latin1.yaml', /it is not UTF-8/],
    ['large.yaml', /more than 4194304 bytes/],
    ['/dev/zero', /it is a device, not a file/],
    ['pipe', /it is a named pipe, not a file/],
    ['podfront\u0000.yaml', /no file can have this name/],
  ] as const) {
    await t.throwsAsync(loadConfig(io(cwd), file), { instanceOf: Problem, code: 'config.unreadable', message }, file);
  }
});

test('a configuration that may not be read says so', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'secret.yaml'), named('a'));
  chmodSync(join(cwd, 'secret.yaml'), 0);
  const load = () => loadConfig(io(cwd), 'secret.yaml');
  // Root reads everything.
  if (process.getuid?.() === 0) await t.notThrowsAsync(load);
  else await t.throwsAsync(load, { instanceOf: Problem, message: /permission denied/ });
});

test('a configuration can come through a pipe', async (t) => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const podfront = `${process.execPath} --import=tsx ${main} --config /dev/stdin render --offline --no-validate --haproxy-version 2.6`;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const piped = execFileSync('sh', ['-c', `printf '%s' '${named('piped').trim()}' | ${podfront}`], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.regex(piped.toString(), /^listen piped$/m);
});

test('--config - reads stdin, and its relative paths start at the working directory', async (t) => {
  const cwd = folderOf(t);
  const { config } = await loadConfig(io(cwd, {}, `haproxy: {output: out.cfg}\n${named('piped')}`), '-');
  t.is(config.haproxy.output, join(cwd, 'out.cfg'));
  const problem = await t.throwsAsync(loadConfig(io(cwd, {}, 'listen: {a: {podPort: 0}}'), '-'), { instanceOf: Problem });
  t.is(problem?.parts[0]?.at?.file, 'stdin');
});

test('faults name the file as it was given', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'bad.yaml'), 'listen: {a: {podPort: 0}}');
  const problem = await t.throwsAsync(loadConfig(io(cwd), './bad.yaml'), { instanceOf: Problem, code: 'config.invalid' });
  t.like(problem?.parts[0]?.at, { file: './bad.yaml', line: 1, column: 23, path: 'listen.a.podPort' });
});

test('relative paths start at the folder of the configuration, wherever podfront is started', async (t) => {
  const cwd = folderOf(t);
  mkdirSync(join(cwd, 'etc'));
  const haproxy = '{output: out/pods.cfg, with: [base.cfg, /etc/haproxy/x.cfg], templates: ../templates, binary: ./haproxy}';
  writeFileSync(join(cwd, 'etc/podfront.yaml'), `haproxy: ${haproxy}\n${named('a')}`);
  const { config, path } = await loadConfig(io(cwd), 'etc/podfront.yaml');
  t.is(path, join(cwd, 'etc/podfront.yaml'));
  t.like(config.haproxy, { output: join(cwd, 'etc/out/pods.cfg'), templates: join(cwd, 'templates'), binary: join(cwd, 'etc/haproxy') });
  t.deepEqual(config.haproxy.with, [join(cwd, 'etc/base.cfg'), '/etc/haproxy/x.cfg']);
  writeFileSync(join(cwd, 'etc/podfront.yaml'), named('a'));
  t.like((await loadConfig(io(cwd), 'etc/podfront.yaml')).config.haproxy, {
    output: '/etc/haproxy/haproxy.cfg',
    templates: null,
    binary: 'haproxy',
  });
});
