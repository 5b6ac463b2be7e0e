import { copyFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';
import type { Machine } from './machine.ts';

const { buildDeb } = (await import(new URL('../../../scripts/package/deb.mjs', import.meta.url).href)) as {
  readonly buildDeb: (folder: string, options: { readonly version?: string; readonly compression: string }) => Promise<string>;
};
const { provideDebian } = (await import(new URL('../../../scripts/debian-root.mjs', import.meta.url).href)) as {
  readonly provideDebian: (suite: string, more?: readonly string[]) => string;
};

/** The releases of Debian that the package is tested on, each with the folder that has its files, and those of these packages. */
export const releases: Readonly<Record<string, (more?: readonly string[]) => string>> = {
  // This machine's own files: `.ci/run` installs what the tests need.
  'Debian 12': () => '/',
  'Debian 13': (more) => provideDebian('trixie', more),
};

/**
 * Builds the Debian package, and puts it into /root of a machine under the name that docs/debian.md has. Not compressed: xz takes most of the
 * time, and dpkg reads both.
 */
export async function bringPackage(t: ExecutionContext, machine: Machine, version?: string): Promise<string> {
  const file = await buildDeb(folderOf(t), { compression: 'none', ...(version === undefined ? {} : { version }) });
  const there = `/root/${file.slice(file.lastIndexOf('/') + 1)}`;
  copyFileSync(file, machine.path(there));
  return there;
}
