// Installs Debian packages, for setup.mjs and .ci/run. Uses nothing but Node, because nothing is installed yet.
//     node scripts/packages.mjs PACKAGE=THING...
// A thing is a program that must then be on PATH, or an absolute path that must be there. What is there already is left alone. Ends with 1,
// and a line for each package, when one could not be had.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { argv, env, getuid, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';

const policy = '/usr/sbin/policy-rc.d';
const mark = '# written by podfront while it installs packages\n';

/** The path of a program on PATH, or null. */
export function which(program) {
  for (const folder of (env.PATH ?? '').split(delimiter).filter((part) => part !== '')) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {}
  }
  return null;
}

/** Why packages cannot be installed here, or null when they can. */
export function whyNot() {
  if ((env.PODFRONT_NO_INSTALL ?? '') !== '') return 'PODFRONT_NO_INSTALL forbids installing it';
  if (!existsSync('/etc/debian_version') || which('apt-get') === null)
    return 'this is not Debian: install it with your own package manager';
  if (getuid?.() !== 0) return 'only root may install it';
  return null;
}

/**
 * Runs apt-get update and install, and says so. One package that cannot be had does not keep the others away, so who calls this looks for
 * what it wants. No service is started, nor enabled for the next boot.
 */
export function install(packages) {
  stderr.write(`podfront: installing ${packages.join(', ')} with apt-get (PODFRONT_NO_INSTALL=1 forbids it)\n`);
  withoutServices(() => {
    const before = enabledServices();
    const add = (...names) => apt('install', '--no-install-recommends', '--no-upgrade', ...names);
    if (!apt('update') || !add(...packages)) for (const name of packages) add(name);
    for (const unit of enabledServices().filter((one) => !before.includes(one))) {
      const { status } = spawnSync('systemctl', ['--quiet', 'disable', unit], { stdio: ['ignore', 2, 2] });
      if (status === 0) stderr.write(`podfront: ${unit} was neither started nor left enabled\n`);
    }
  });
}

function apt(...args) {
  const quiet = ['-qq', '-y', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const { status } = spawnSync('apt-get', [...quiet, ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' },
  });
  return status === 0;
}

/** Debian's packages start their service when they are installed, unless /usr/sbin/policy-rc.d says 101 (invoke-rc.d(8)). */
function withoutServices(work) {
  const stale = existsSync(policy) && readFileSync(policy, 'utf8').includes(mark);
  if (existsSync(policy) && !stale) return work();
  writeFileSync(policy, `#!/bin/sh\n${mark}exit 101\n`, { mode: 0o755 });
  // Ctrl-C reaches apt-get too; this process lives on, to take the policy away again.
  const ignore = () => {};
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of signals) process.on(name, ignore);
  try {
    return work();
  } finally {
    rmSync(policy, { force: true });
    for (const name of signals) process.off(name, ignore);
  }
}

/** The units that start at boot; a list of the running systemd would be empty in a container, where packages enable theirs all the same. */
function enabledServices() {
  const folder = '/etc/systemd/system/multi-user.target.wants';
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Has each package's thing on this machine: installs what is missing, and returns a sentence for each that is missing still. */
function provide(pairs) {
  const isHere = ({ thing }) => (thing.startsWith('/') ? existsSync(thing) : which(thing) !== null);
  const missing = pairs.filter((pair) => !isHere(pair));
  if (missing.length === 0) return [];
  const reason = whyNot();
  if (reason === null) install([...new Set(missing.map(({ name }) => name))]);
  const why = reason ?? 'the package could not be installed';
  return missing.filter((pair) => !isHere(pair)).map(({ name, thing }) => `${thing} of the package ${name} is missing: ${why}`);
}

/** `PACKAGE=THING`; both are given, so that no package is taken for installed because apt-get said so. */
function pairOf(word) {
  const [, name, thing] = /^([^=]+)=(.+)$/.exec(word) ?? [];
  if (name === undefined) throw new Error(`${word} is not of the form PACKAGE=THING`);
  return { name, thing };
}

// Run, not imported. The name is compared as it is on disk: argv[1] may be a link to it.
if (argv[1] !== undefined && realpathSync(argv[1]) === fileURLToPath(import.meta.url)) {
  const faults = provide(argv.slice(2).map(pairOf));
  for (const fault of faults) stderr.write(`podfront: error: ${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
