import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
let copy: Promise<string> | null = null;

/** A user and a group without rights, as numbers: Debian's `nobody` and `nogroup`. */
export const nobody = 65534;

/** The arguments before a command that run it as that user. Further groups are given by their numbers. */
export function asNobody(...groups: readonly number[]): readonly string[] {
  const more = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return ['setpriv', '--reuid', `${nobody}`, '--regid', `${nobody}`, ...more];
}

/**
 * The command that runs podfront as it is in src/ for users who may not read this repository, which may lie below a folder of root's:
 * a bundle in a folder that everybody may read. It is made once, and removed when this process ends.
 */
export async function podfrontForAnybody(): Promise<readonly [program: string, ...args: string[]]> {
  copy ??= bundled();
  return [process.execPath, await copy];
}

async function bundled(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-for-anybody-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const { bundle } = (await import(new URL('../../scripts/bundle.mjs', import.meta.url).href)) as {
    readonly bundle: (folder: string) => Promise<void>;
  };
  await bundle(join(folder, 'dist'));
  for (const part of ['package.json', 'templates', 'page'])
    if (existsSync(join(root, part))) cpSync(join(root, part), join(folder, part), { recursive: true });
  return join(folder, 'dist/main.js');
}
