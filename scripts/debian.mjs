// Debian's packages of other suites, from the mirror that this machine uses.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './package/run.mjs';

/** The keys that Debian signs its suites with. */
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** apt-get with nothing but these suites, as on a machine where nothing is installed; what it fetches goes to the folder `work`. */
export function aptFor(work, names) {
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(work, folder), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  writeFileSync(join(work, 'sources'), names.map((name) => `deb [signed-by=${keyring}] ${mirror()} ${name} main\n`).join(''));
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': work,
    // Experimental is preferred only where it is asked for.
    'APT::Default-Release': names[0],
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return (...args) => run('apt-get', ['-q', ...options, ...args], { cwd: work });
}

/** Where this machine gets Debian's own packages from. */
export function mirror() {
  for (const refresh of [false, true]) {
    if (refresh) run('apt-get', ['-qq', 'update']);
    const targets = run('apt-get', ['indextargets', '--format', '$(LABEL)\t$(REPO_URI)', 'Created-By: Packages']);
    const uri = /^Debian\t(\S+)$/m.exec(targets)?.[1];
    if (uri !== undefined) return uri;
  }
  throw new Error('apt-get knows of no mirror of Debian');
}
