import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../problem/problem.ts';
import type { Parts } from './file/template.ts';
import { partNames } from './file/template-data.ts';

const ending = '.mustache';

/**
 * The built-in template parts, each replaced by the file of the same name in `folder`, where there is one.
 * @throws Problem `usage.unreadable`; `template.unknown-part` for a .mustache file that is no part
 */
export function readTemplates(root: string, folder: string | null): Parts {
  const parts = new Map<string, string>(partNames.map((name) => [name, readFileSync(`${root}templates/${name}${ending}`, 'utf8')]));
  if (folder === null) return parts;
  for (const file of reading(folder, () => readdirSync(folder).filter((name) => name.endsWith(ending)))) {
    const name = file.slice(0, -ending.length);
    if (!parts.has(name)) throw problem('template.unknown-part', { template: join(folder, file), known: partNames.join(', ') });
    parts.set(
      name,
      reading(join(folder, file), () => readFileSync(join(folder, file), 'utf8')),
    );
  }
  return parts;
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw problem('usage.unreadable', { file, why: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}
