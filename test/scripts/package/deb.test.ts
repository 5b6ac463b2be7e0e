import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';

const { buildDeb } = (await import(new URL('../../../scripts/package/deb.mjs', import.meta.url).href)) as {
  readonly buildDeb: (folder: string, options: { readonly architecture?: string; readonly compression?: string }) => Promise<string>;
};
function run(t: ExecutionContext, program: string, ...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) t.fail(`${program}: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
}

needs('dpkg-deb', 'lintian').serial(
  'The package has what an operator expects, each file where Debian has it, and lintian finds no error',
  async (t) => {
    t.timeout(600_000);
    const folder = folderOf(t);
    const file = await buildDeb(folder, {});
    const lines = run(t, 'dpkg-deb', '--contents', file).trim().split('\n');
    const entries = new Map(lines.map((line) => [/ \.\/(\S*)/.exec(line)?.[1] ?? '', line]));
    for (const [name, line] of entries) t.regex(line, /^(d|-)rwxr-xr-x root\/root |^-rw-r--r-- root\/root |^lrwxrwxrwx root\/root /, name);
    for (const path of [
      'etc/podfront/podfront.yaml',
      'usr/bin/podfront',
      'usr/lib/podfront/node',
      'usr/lib/podfront/dist/podfront.cache',
      'usr/lib/podfront/docs/debian.md',
      'usr/share/doc/podfront/examples/README.md',
      'usr/lib/systemd/system/podfront.service',
      'usr/lib/sysusers.d/podfront.conf',
      'usr/lib/tmpfiles.d/podfront.conf',
      'usr/share/polkit-1/rules.d/50-podfront.rules',
      'usr/share/podfront/haproxy.service.d/podfront.conf',
      'usr/share/man/man1/podfront.1.gz',
      'usr/share/bash-completion/completions/podfront',
      'usr/share/zsh/vendor-completions/_podfront',
      'usr/share/fish/vendor_completions.d/podfront.fish',
      'usr/share/doc/podfront/copyright',
      'usr/share/doc/podfront/changelog.gz',
    ])
      t.true(entries.has(path), path);

    const tree = join(folder, 'tree');
    run(t, 'dpkg-deb', '--extract', file, tree);
    const read = (path: string) => readFileSync(join(tree, path), 'utf8');
    t.is(run(t, 'dpkg-deb', '--field', file, 'Package', 'Architecture'), 'Package: podfront\nArchitecture: amd64\n');
    t.regex(read('usr/lib/systemd/system/podfront.service'), /^ExecStart=\/usr\/bin\/podfront --config /m);
    t.notRegex(read('usr/lib/systemd/system/podfront.service'), /\/usr\/local|\/etc\/systemd/);
    t.regex(read('usr/lib/podfront/dist/main.js'), /^#!\/usr\/lib\/podfront\/node\n/);
    t.regex(
      read('usr/share/doc/podfront/copyright'),
      /MIT License[\s\S]*\nzod [\s\S]*Node\.js is licensed for use as follows[\s\S]*OpenSSL/,
    );
    const changelog = gunzipSync(readFileSync(join(tree, 'usr/share/doc/podfront/changelog.gz'))).toString();
    t.regex(changelog, /^podfront \(0\.2\.0\) unstable; urgency=medium\n\n {2}\* [\s\S]*`podfront validate`/);

    const { status, stdout } = spawnSync('lintian', ['--allow-root', '--fail-on', 'error', file], { encoding: 'utf8' });
    t.is(status, 0, stdout);
    t.notRegex(stdout, /^[EW]: /m);
  },
);

needs('dpkg-deb')('The package for arm64 holds the binary for arm64, and nothing that only fits this machine', async (t) => {
  const folder = folderOf(t);
  const file = await buildDeb(folder, { architecture: 'arm64', compression: 'none' });
  t.is(run(t, 'dpkg-deb', '--field', file, 'Architecture'), 'arm64\n');
  run(t, 'dpkg-deb', '--extract', file, join(folder, 'tree'));
  // e_machine of ELF: 183 is AArch64 (elf(5)).
  t.is(readFileSync(join(folder, 'tree/usr/lib/podfront/node')).readUInt16LE(18), 183);
  t.is(spawnSync('test', ['-e', join(folder, 'tree/usr/lib/podfront/dist/podfront.cache')]).status, process.arch === 'arm64' ? 0 : 1);
});
