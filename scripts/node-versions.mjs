// The Node versions that podfront is tried with, beside the one that runs us: npm's packages of the plain binary.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arch, env, platform } from 'node:process';
import { cacheFolder } from './cache.mjs';

/** The oldest major that podfront runs on, and those that Node supports. */
export const majors = ['20', '22', '24', '26'];

/** The folder that has this major as `node`. Throws when it cannot be had here. */
export function provideNode(major) {
  if ((env.PODFRONT_NO_INSTALL ?? '') !== '') throw new Error('PODFRONT_NO_INSTALL forbids fetching it');
  const name = `node-${platform}-${arch}`;
  const kept = join(cacheFolder(), `node-${major}`);
  const folder = join(kept, 'node_modules', name, 'bin');
  if (!existsSync(join(folder, 'node'))) {
    rmSync(kept, { recursive: true, force: true });
    const work = mkdtempSync(join(tmpdir(), 'podfront-node-'));
    const args = ['install', '--prefix', kept, '--no-save', '--no-fund', '--no-audit', '--loglevel=error', `${name}@${major}`];
    const { status, stderr } = spawnSync('npm', args, { cwd: work, encoding: 'utf8' });
    rmSync(work, { recursive: true });
    if (status !== 0) throw new Error(`npm install ${name}@${major} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
  }
  const { stdout } = spawnSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' });
  if (!stdout?.startsWith(`v${major}.`)) throw new Error(`${name}@${major} is Node ${stdout}`);
  return folder;
}
