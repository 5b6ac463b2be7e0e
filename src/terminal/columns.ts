/** The width of a text in a terminal or a monospaced font, in columns: characters from Hangul on may be twice as wide (Unicode, UAX #11). */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const letter of text) columns += (letter.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
  return columns;
}

/** Shortens a text to a number of columns, with `mark` at its end where something was cut off. */
export function truncate(text: string, columns: number, mark: string): string {
  if (columnsOf(text) <= columns) return text;
  let fits = '';
  let room = columns - 1;
  for (const letter of text) {
    room -= columnsOf(letter);
    if (room < 0) break;
    fits += letter;
  }
  return fits + mark;
}

/** Pads a text with spaces to a number of columns. */
export function padToColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
