import { problemWith } from '../../problem/problem.ts';
import { whyNoNetwork } from './cidr-errors.ts';
import { emptyScan, scanNetwork } from './fast-cidr.ts';
import { admit, fault, type Inventory, noteFolded } from './inventory.ts';

const newline = 0x0a;
const hash = 0x23;

/**
 * Reads a list, `CIDR [name]` a line, `#` begins a comment, from the bytes of a file called `file`. A line that cannot
 * be read becomes a fault with its number and hides no other. Made for a million lines: text is only cut out of the
 * bytes for what is kept.
 */
export function readList(bytes: Uint8Array, file: string, intake: Inventory): void {
  const scan = emptyScan();
  const decoder = new TextDecoder();
  const text = (from: number, to: number) => decoder.decode(bytes.subarray(from, to));
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let line = 0;
  for (let at = bom; at < bytes.length; ) {
    line++;
    let from = at;
    let end = at;
    while (end < bytes.length && bytes[end] !== newline && bytes[end] !== hash) end++;
    at = end;
    while (at < bytes.length && bytes[at] !== newline) at++;
    at++;
    while (from < end && blank(bytes[from])) from++;
    if (from === end) continue;
    let to = from;
    while (to < end && !blank(bytes[to])) to++;
    const place = line;
    if (!scanNetwork(bytes, from, to, scan)) {
      const got = text(from, Math.min(to, from + 200));
      const make = () => problemWith({ at: { file, line: place } }, 'network.not-a-cidr', { got: shortened(got), why: whyNoNetwork(got) });
      fault(intake, `${file}:${place}`, make);
      continue;
    }
    const { hostBits } = scan;
    if (hostBits) noteFolded(intake, `${file}:${place}`, text(from, to), scan);
    admit(intake, scan, (network) => {
      const name = text(to, end).trim() || `${file}:${place}`;
      return { kind: 'file', network, name, written: hostBits ? text(from, to) : null };
    });
  }
}

function blank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0b || byte === 0x0c;
}

/** In quotes; hostile input may be one endless line. */
function shortened(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
