import { withoutSecrets } from '../../haproxy-syntax/secrets.ts';

/** The number of lines that a message repeats, and of characters of each: a program may print an error for every server. */
const max = { lines: 20, characters: 500 };

/** Lines that another program printed, as a message repeats them: few, short and without secrets. */
export function reportedLines(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, max.lines).map((line) => withoutSecrets(shortened(line)));
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, `... and ${more} more lines`];
}

function shortened(line: string): string {
  return line.length <= max.characters ? line : `${line.slice(0, max.characters)}...`;
}
