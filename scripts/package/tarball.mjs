// The tarball for npm: what `npm pack` would make, with the same bytes on every machine.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../bundle.mjs';
import { makeReproducibleCodeCache } from '../code-cache.mjs';
import { run } from './run.mjs';
import { manifest, root, sourceDate } from './source.mjs';
import { normalise } from './tree.mjs';

/**
 * Builds podfront-VERSION.tgz in a folder. The code cache in it is that of the runtime: another Node does without. Returns {file, bundled}: its
 * path, and the folders of the packages in the bundle.
 */
export async function buildTarball(folder, runtime) {
  const work = mkdtempSync(join(tmpdir(), 'podfront-tarball-'));
  try {
    const tree = join(work, 'package');
    for (const name of ['package.json', 'README.md', 'LICENSE', ...manifest.files.filter((each) => each !== 'dist')])
      cpSync(join(root, name), join(tree, name), { recursive: true });
    const bundled = await bundle(join(tree, 'dist'));
    makeReproducibleCodeCache(join(tree, 'dist'), runtime.node);
    const date = sourceDate();
    normalise(tree, date);
    const [{ files }] = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: tree }));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `podfront-${manifest.version}.tgz`);
    const same = ['--format=ustar', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${date}`];
    const tar = join(work, 'podfront.tar');
    run('tar', ['--create', '--file', tar, '--directory', work, ...same, ...files.map(({ path }) => `package/${path}`).sort()]);
    run('gzip', ['--no-name', '-9', tar]);
    cpSync(`${tar}.gz`, file);
    return { file, bundled };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
