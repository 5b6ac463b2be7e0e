import { parseNetwork } from '../../ip/network.ts';
import { problemWith } from '../../problem/problem.ts';
import { addFault, addHostBits, addKnown, type Inventory } from '../facts/inventory.ts';
import { networkError } from './cidr-errors.ts';

/**
 * Adds a list, `CIDR [name]` a line, `#` begins a comment, from the text of a file called `file`. A line that cannot be read
 * becomes a fault with its number and hides no other.
 */
export function addList(inventory: Inventory, text: string, file: string): void {
  let number = 0;
  // Line by line: a list may have a million, which would double its memory as an array.
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    addLine(inventory, text.slice(start, end), file, ++number);
    start = end + 1;
  }
}

function addLine(inventory: Inventory, line: string, file: string, number: number): void {
  const hash = line.indexOf('#');
  const content = (hash < 0 ? line : line.slice(0, hash)).trim();
  if (content === '') return;
  const blank = content.search(/[ \t\r\v\f]/);
  const written = blank < 0 ? content : content.slice(0, blank);
  const where = `${file}:${number}`;
  const network = parseNetwork(written);
  if (network === null) {
    const got = written.slice(0, 200);
    const facts = () => ({ got: quoted(got), why: networkError(got) });
    addFault(inventory, where, () => problemWith({ at: { file, line: number } }, 'network.not-a-cidr', facts()));
    return;
  }
  const { hostBits } = network;
  if (hostBits) addHostBits(inventory, { where, written, network });
  const name = blank < 0 ? where : content.slice(blank).trim();
  addKnown(inventory, { kind: 'file', network, name, written: hostBits ? written : null });
}

/** In quotes, and cut: a hostile input may be one endless line. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
