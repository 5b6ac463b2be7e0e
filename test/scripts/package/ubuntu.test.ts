import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOf } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';

// Ubuntu cannot be booted in the tests. What the package needs of a system is held against what two releases of it have.

const { provideRuntime } = (await import(new URL('../../../scripts/package/runtime.mjs', import.meta.url).href)) as {
  readonly provideRuntime: (architecture: string) => { readonly node: string };
};
const debian = (name: string) => fileURLToPath(new URL(`../../../packaging/debian/${name}`, import.meta.url));

/** The packages that control names, each in the version that Ubuntu was released with (packages.ubuntu.com). */
const ubuntu: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '22.04': {
    libc6: '2.35',
    'libgcc-s1': '12',
    'libstdc++6': '12',
    systemd: '249.11',
    haproxy: '2.4.14',
    iproute2: '5.15.0',
    'bind9-dnsutils': '9.18.1',
    polkitd: '0.105',
  },
  '24.04': {
    libc6: '2.39',
    'libgcc-s1': '14',
    'libstdc++6': '14',
    systemd: '255.4',
    haproxy: '2.8.5',
    iproute2: '6.1.0',
    'bind9-dnsutils': '9.18.24',
    polkitd: '124',
  },
};

/** The version of GCC whose libstdc++ has a symbol version first, for those that count here (gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html). */
const gccOf: Readonly<Record<string, string>> = { 'GLIBCXX_3.4.21': '5.1', 'CXXABI_1.3.11': '7.1' };

function isAtLeast(have: string, wanted: string): boolean {
  return spawnSync('dpkg', ['--compare-versions', have, 'ge', wanted]).status === 0;
}

/** A field of the control file, as a list of clauses, each a list of alternatives. */
function relations(field: string): readonly (readonly { readonly name: string; readonly least: string }[])[] {
  const [, value = ''] = new RegExp(`^${field}: (.*)$`, 'm').exec(readFileSync(debian('control'), 'utf8')) ?? [];
  return value.split(', ').map((clause) =>
    clause.split(' | ').map((one) => {
      const [, name = '', least = '0'] = /^(\S+)(?: \(>= (\S+)\))?$/.exec(one) ?? [];
      return { name, least };
    }),
  );
}

for (const [release, packages] of Object.entries(ubuntu))
  needs('dpkg-deb')(`Ubuntu ${release} has what the package depends on, recommends and suggests, in a version that will do`, (t) => {
    for (const field of ['Depends', 'Recommends', 'Suggests'])
      for (const clause of relations(field))
        t.true(
          clause.some(({ name, least }) => isAtLeast(packages[name] ?? '~', least)),
          `${field}: ${JSON.stringify(clause)}`,
        );
  });

for (const architecture of ['amd64', 'arm64'])
  needs('dpkg-deb', 'readelf')(
    `Node for ${architecture} loads no library that the package does not depend on, in no newer version`,
    (t) => {
      const { node } = provideRuntime(architecture);
      const { stdout } = spawnSync('readelf', ['--version-info', '--wide', node], { encoding: 'utf8' });
      const highest = (prefix: string) => {
        const versions = [...stdout.matchAll(new RegExp(`Name: ${prefix}_(\\d[\\d.]*)`, 'g'))].map(([, version = '']) => version);
        return versions.reduce((a, b) => (isAtLeast(a, b) ? a : b));
      };
      const least = Object.fromEntries(relations('Depends').map(([first]) => [first?.name, first?.least ?? '']));
      t.true(isAtLeast(least.libc6 ?? '', highest('GLIBC')), highest('GLIBC'));
      for (const symbol of [`GLIBCXX_${highest('GLIBCXX')}`, `CXXABI_${highest('CXXABI')}`])
        t.true(isAtLeast(least['libstdc++6'] ?? '', gccOf[symbol] ?? 'unknown'), symbol);
      const needed = spawnSync('readelf', ['--dynamic', '--wide', node], { encoding: 'utf8' }).stdout;
      t.deepEqual(
        [...needed.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name = '']) => name).filter((name) => !ofDebianBase.test(name)),
        [],
      );
    },
  );

/** The libraries of libc6, libgcc-s1 and libstdc++6. */
const ofDebianBase = /^(libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+|ld-linux-.*)\.so\.\d$/;

/** What the maintainer scripts may call, beside what the shell has: each in a package that both systems always have, or asked for first. */
const tools = ['systemd-sysusers', 'systemd-tmpfiles', 'systemctl', 'deb-systemd-helper', 'deb-systemd-invoke', 'rm', 'rmdir'];

needs('root')('The maintainer scripts call nothing but tools of systemd, init-system-helpers and coreutils', (t) => {
  const bin = folderOf(t);
  for (const tool of tools) writeFileSync(join(bin, tool), `#!/bin/sh\necho ${tool} "$@"\n`, { mode: 0o755 });
  // As on a machine that systemd booted, in a view of the files where nothing is lost.
  const run = ([script = '', ...args]: readonly string[]) =>
    spawnSync(
      'unshare',
      [
        '--mount',
        '/bin/sh',
        '-c',
        `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && PATH=${bin} exec /bin/sh "$@"`,
        'sh',
        debian(script),
        ...args,
      ],
      { encoding: 'utf8' },
    );
  for (const words of [
    ['postinst', 'configure', ''],
    ['postinst', 'configure', '0.1.0'],
    ['prerm', 'upgrade', '0.3.0'],
    ['prerm', 'remove'],
    ['postrm', 'remove'],
    ['postrm', 'purge'],
  ]) {
    const { status, stderr } = run(words);
    t.is(status, 0, words.join(' '));
    t.is(stderr, '', words.join(' '));
  }
});
