import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What `npm start` and the build read; the scene is one of those that the code cache is made with (scripts/code-cache.mjs). */
const parts = [
  'package.json',
  'LICENSE',
  'scripts',
  'src',
  'demo',
  'templates',
  'page',
  'examples',
  'fixtures/networks/scene/a-clean-vm',
] as const;

/** Copies into a folder what is built from, with an empty `tmp` beside it: tests that build use nothing that other tests use. */
export function copyRepository(folder: string): void {
  for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'tmp'));
}
