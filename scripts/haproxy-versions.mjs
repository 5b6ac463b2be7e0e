// The HAProxy versions that the suites are run with, each as Debian ships it, beside the one of this machine: fetched with apt from the
// mirror that this machine uses, and run with the C library of their own suite. Nothing of it is installed.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { cacheFolder } from './cache.mjs';
import { aptFor, keyring } from './debian.mjs';
import { requireMade } from './made.mjs';
import { run } from './package/run.mjs';
import { which, whyNot } from './packages.mjs';

/** The suites of Debian to look in for each version, in the order in which apt prefers them. */
export const suites = { 2.6: ['bookworm'], '3.0': ['trixie'], 3.2: ['sid'], 3.4: ['experimental', 'sid'] };

/** The version of the `haproxy` on PATH, as `3.0`; null when there is none. */
export function versionOnPath(path = env.PATH) {
  const { stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8', env: { PATH: path } });
  return /^HA-?Proxy version (\d+\.\d+)/.exec(stdout ?? '')?.[1] ?? null;
}

/**
 * Makes a folder that has this version as `haproxy`, readable for every user, and returns its path; who calls this removes it.
 * Throws when the version cannot be had here.
 */
export function provideHaproxy(version) {
  const reason = whyNot() ?? (existsSync(keyring) && which('patchelf') !== null ? null : 'patchelf and Debian’s keyring are needed');
  if (reason !== null) throw new Error(reason);
  const kept = join(cacheFolder(), `haproxy-${version}`);
  if (!existsSync(kept)) fetchTo(kept, version);
  const folder = mkdtempSync(join(tmpdir(), `podfront-haproxy-${version}-`));
  chmodSync(folder, 0o755);
  cpSync(kept, folder, { recursive: true });
  const loader = readdirSync(join(folder, 'lib')).find((name) => /^ld-.*\.so\.\d$/.test(name)) ?? '';
  // Not `ld.so haproxy`: the master runs itself anew by its own name at each reload, and is known by that name.
  const words = ['--set-interpreter', join(folder, 'lib', loader), '--force-rpath', '--set-rpath', join(folder, 'lib')];
  run('patchelf', [...words, join(folder, 'haproxy')]);
  const found = versionOnPath(folder);
  if (found === version) return folder;
  rmSync(folder, { recursive: true });
  rmSync(kept, { recursive: true });
  throw new Error(`Debian's ${suites[version][0]} has HAProxy ${found}`);
}

/** Fetches HAProxy and its libraries; the folder is there only when all of it is. */
function fetchTo(kept, version) {
  const work = mkdtempSync(join(tmpdir(), 'podfront-apt-'));
  try {
    const apt = aptFor(work, suites[version]);
    apt('update');
    const plan = apt('--simulate', 'install', '--no-install-recommends', 'haproxy');
    const names = [...plan.matchAll(/^Inst (\S+) \(/gm)].map(([, name]) => name).filter((name) => /^(?:lib|zlib)/.test(name));
    apt('download', 'haproxy', ...names);
    const unpacked = join(work, 'unpacked');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb')))
      run('dpkg-deb', ['--extract', join(work, file), unpacked]);
    mkdirSync(join(work, 'made/lib'), { recursive: true });
    cpSync(join(unpacked, 'usr/sbin/haproxy'), join(work, 'made/haproxy'));
    for (const folder of libraryFolders(unpacked))
      for (const name of readdirSync(folder).filter((each) => /\.so(?:\.|$)/.test(each)))
        cpSync(join(folder, name), join(work, 'made/lib', name), { dereference: true });
    requireMade(`fetching HAProxy ${version}`, join(work, 'made/haproxy'));
    mkdirSync(join(kept, '..'), { recursive: true });
    cpSync(join(work, 'made'), `${kept}.${process.pid}`, { recursive: true });
    renameSync(`${kept}.${process.pid}`, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The folders where Debian's packages put libraries: `/lib` is a link to `/usr/lib`, but not every package knows. */
function libraryFolders(root) {
  const places = ['lib', 'usr/lib', 'lib64', 'usr/lib64'].map((name) => join(root, name)).filter(existsSync);
  return [
    ...places,
    ...places.flatMap((place) =>
      readdirSync(place)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(place, name)),
    ),
  ];
}
