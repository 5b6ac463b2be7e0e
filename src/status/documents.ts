import { readdirSync } from 'node:fs';
import { readFileBounded } from '../system/read-file.ts';

/** The largest page of the documentation that is served, in bytes. */
const maxBytes = 1024 * 1024;

const pageName = /^[a-z0-9-]+\.md$/;

/** A page of the documentation in the package, or the list of them where `name` is empty; null where there is no such page. */
export function documentText(root: string, name: string): string | null {
  if (name === '') return `${pagesIn(`${root}docs`).join('\n')}\n`;
  if (!pageName.test(name)) return null;
  const content = readFileBounded(`${root}docs/${name}`, maxBytes);
  return content.kind === 'content' ? content.bytes.toString('utf8') : null;
}

function pagesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pageName.test(name))
      .sort();
  } catch {
    return [];
  }
}
