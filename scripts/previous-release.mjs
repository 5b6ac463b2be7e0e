// podfront 0.1.0, for tests of upgrades: built from its commit, with the packages of its own lockfile.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { cacheFolder } from './cache.mjs';
import { requireMade } from './made.mjs';
import { run } from './package/run.mjs';
import { root } from './package/source.mjs';

const commit = 'be30e97e211c894d7c1949b58c67577ed4a89390';

/**
 * The folder of the built release, with dist/main.js. About 20 s where it is not kept from an earlier run. A shallow clone, whose history does
 * not go back so far, gets the commit from where it was cloned. Throws when the commit or npm's packages cannot be had.
 */
export function provideFirstRelease() {
  const kept = join(cacheFolder(), 'podfront-0.1.0');
  if (existsSync(kept)) return kept;
  const work = mkdtempSync(join(tmpdir(), 'podfront-0.1.0-'));
  try {
    const sources = join(work, 'sources');
    mkdirSync(sources);
    const known = spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root });
    if (known.status !== 0) run('git', ['fetch', '--quiet', '--depth=1', 'origin', commit], { cwd: root });
    run('git', ['archive', '--format=tar', '--output', join(work, 'sources.tar'), commit], { cwd: root });
    run('tar', ['--extract', '--file', join(work, 'sources.tar'), '--directory', sources]);
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: sources });
    run(execPath, ['scripts/build.mjs'], { cwd: sources });
    requireMade('building podfront 0.1.0', join(sources, 'dist/main.js'), join(sources, 'dist/podfront.js'));
    mkdirSync(dirname(kept), { recursive: true });
    const beside = `${kept}.${process.pid}`;
    for (const name of ['dist', 'templates', 'page', 'examples', 'package.json'])
      cpSync(join(sources, name), join(beside, name), { recursive: true });
    if (!existsSync(kept)) renameSync(beside, kept);
    else rmSync(beside, { recursive: true });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kept;
}
