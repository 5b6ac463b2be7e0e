import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The pages that people read, by their paths in the repository: README.md, CONTRIBUTING.md, SECURITY.md and docs/, and the READMEs of the examples. */
export const pages: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...markdownIn('docs'),
  ...markdownIn('docs/decisions'),
  ...markdownIn('examples'),
  ...readdirSync(join(repository, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => markdownIn(`examples/${entry.name}`)),
];

export function page(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** A fenced block: what follows the opening fence, its first line's number, and its lines. */
export interface Block {
  readonly language: string;
  readonly line: number;
  readonly lines: readonly string[];
}

/** The fenced blocks of a page (CommonMark 4.5, with backticks only), without the indentation of the opening fence. */
export function blocks(text: string): readonly Block[] {
  const found: Block[] = [];
  let open: { indentation: RegExp; language: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( {0,3})```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line.replace(open.indentation, ''));
    else if (open === null)
      open = { indentation: RegExp(`^ {0,${fence[1]?.length ?? 0}}`), language: fence[2]?.trim() ?? '', line: index + 2, lines: [] };
    else {
      found.push({ language: open.language, line: open.line, lines: open.lines });
      open = null;
    }
  }
  return found;
}

function markdownIn(folder: string): readonly string[] {
  return readdirSync(join(repository, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}
