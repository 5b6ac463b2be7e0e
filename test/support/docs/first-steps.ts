import { blocks, page } from './pages.ts';

/** A part of docs/first-steps.md below one heading: its commands, line by line, and its files. */
export interface Part {
  readonly commands: readonly string[];
  /** The text of each `yaml` block. */
  readonly files: readonly string[];
}

/** The part below a heading, up to the next heading of any level. Throws where there is none. */
export function partOf(heading: string): Part {
  const parts = page('docs/first-steps.md').split(/^#{1,3} /m);
  const text = parts.find((part) => part.startsWith(`${heading}\n`));
  if (text === undefined) throw new Error(`docs/first-steps.md has no heading ${heading}`);
  const found = blocks(text);
  return {
    commands: found.filter(({ language }) => language === 'sh').flatMap(({ lines }) => lines),
    files: found.filter(({ language }) => language === 'yaml').map(({ lines }) => `${lines.join('\n')}\n`),
  };
}
