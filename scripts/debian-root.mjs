// The files of another release of Debian, as an installed machine has them, with what a frontend VM needs: for tests that boot it.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { keyring, mirror } from './debian.mjs';
import { requireMade } from './made.mjs';
import { run } from './package/run.mjs';
import { which, whyNot } from './packages.mjs';

/** What a frontend VM has beside the base system before podfront is installed, and curl for the test. */
const packages = ['systemd-sysv', 'dbus', 'polkitd', 'haproxy', 'iproute2', 'curl', 'procps'];

/** Left out: nobody reads them there. */
const pages = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*'];

/**
 * The folder with the files of a suite of Debian (`trixie`), which nobody may change; `more` are packages that it has besides. About 20 s where
 * it is not kept from an earlier run. Throws when it cannot be had here.
 */
export function provideDebian(suite, more = []) {
  const kept = join(cacheFolder(), ['debian', suite, ...more].join('-'));
  if (existsSync(kept)) return kept;
  const reason = whyNot() ?? (which('mmdebstrap') === null ? 'mmdebstrap is not on PATH' : null);
  if (reason !== null) throw new Error(reason);
  mkdirSync(dirname(kept), { recursive: true });
  const work = `${kept}.${process.pid}`;
  try {
    run('mmdebstrap', [
      '--quiet',
      '--mode=root',
      '--variant=minbase',
      `--include=${[...packages, ...more].join(',')}`,
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Retries "3"',
      ...pages.map((path) => `--dpkgopt=path-exclude=${path}`),
      suite,
      work,
      `deb [signed-by=${keyring}] ${mirror()} ${suite} main`,
    ]);
    requireMade(`fetching Debian's ${suite}`, join(work, 'usr/sbin/haproxy'), join(work, 'usr/lib/systemd/systemd'));
    // A test that runs beside this one may have been faster.
    if (!existsSync(kept)) renameSync(work, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kept;
}
