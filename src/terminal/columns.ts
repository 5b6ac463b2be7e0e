/** How many columns a text takes in a terminal, or in a monospaced font: letters from Hangul on may be twice as wide (Unicode, UAX #11). */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const letter of text) columns += (letter.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
  return columns;
}

/** Shortens a text to so many columns, `mark` at its end where something was left out. */
export function truncate(text: string, columns: number, mark: string): string {
  if (columnsOf(text) <= columns) return text;
  let fits = '';
  let left = columns - 1;
  for (const letter of text) {
    left -= columnsOf(letter);
    if (left < 0) break;
    fits += letter;
  }
  return fits + mark;
}

/** Fills a text up with spaces to so many columns. */
export function padToColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
