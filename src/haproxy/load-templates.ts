import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../problem/problem.ts';
import { readFileBounded } from '../system/read-file.ts';
import { reasonOf } from '../system/system-error.ts';
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
    parts.set(name, templateText(join(folder, file)));
  }
  return parts;
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw problem('usage.unreadable', { file, why: reasonOf(error) });
  }
}

/** The largest template that is read, in bytes. */
const maxBytes = 1024 * 1024;

function templateText(file: string): string {
  const content = readFileBounded(file, maxBytes);
  if (content.kind === 'content') return content.bytes.toString('utf8');
  throw problem('usage.unreadable', { file, why: content.kind === 'absent' ? 'there is no such file' : content.why });
}
