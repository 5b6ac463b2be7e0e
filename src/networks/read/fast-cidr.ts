import { formatAddress } from '../../ip/address.ts';
import { type Network, networkOf } from '../../ip/network.ts';

/**
 * A network as numbers, for lists of a million: four words of 32 bits, the highest first; IPv4 uses only the last one.
 * The record is filled again and again by `scanNetwork`, so nothing is allocated for a line.
 */
export interface Scan {
  family: 4 | 6;
  prefix: number;
  /** The first address of the network: host bits are cleared. */
  readonly words: Uint32Array;
  /** Whether bits beyond the prefix were set. */
  hostBits: boolean;
}

export function emptyScan(): Scan {
  return { family: 4, prefix: 0, words: new Uint32Array(4), hostBits: false };
}

const groups = new Uint16Array(8);
const encoder = new TextEncoder();
const scratch = new Uint8Array(256);

/**
 * Reads `address/prefix` or a bare address from bytes[from, to) into `scan`; false when it is none. It takes and refuses
 * exactly what `parseNetwork` does, which a property test holds.
 */
export function scanNetwork(bytes: Uint8Array, from: number, to: number, scan: Scan): boolean {
  let slash = from;
  let colon = false;
  for (; slash < to && bytes[slash] !== 0x2f; slash++) if (bytes[slash] === 0x3a) colon = true;
  scan.family = colon ? 6 : 4;
  if (!(colon ? scanV6(bytes, from, slash, scan.words) : scanV4(bytes, from, slash, scan.words))) return false;
  const width = colon ? 128 : 32;
  scan.prefix = slash === to ? width : wholeNumber(bytes, slash + 1, to);
  if (scan.prefix < 0 || scan.prefix > width) return false;
  if (colon && scan.prefix >= 96 && scan.words[0] === 0 && scan.words[1] === 0 && scan.words[2] === 0xffff) {
    scan.family = 4;
    scan.prefix -= 96;
    scan.words[2] = 0;
  }
  clearHostBits(scan);
  return true;
}

/** The same for a string; anything that is not short ASCII is no network. */
export function scanText(text: string, scan: Scan): boolean {
  if (text.length > 64) return false;
  return scanNetwork(scratch, 0, encoder.encodeInto(text, scratch).written, scan);
}

/** The network a scan holds, as the rest of podfront knows networks. */
export function networkOfScan({ family, prefix, words }: Scan): Network {
  const value = family === 4 ? BigInt(words[3] ?? 0) : words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return networkOf({ family, value, text: formatAddress(family, value) }, prefix);
}

function clearHostBits(scan: Scan): void {
  const { words, family, prefix } = scan;
  scan.hostBits = false;
  for (let i = family === 4 ? 3 : 0; i < 4; i++) {
    const kept = Math.min(32, Math.max(0, family === 4 ? prefix : prefix - 32 * i));
    const word = words[i] ?? 0;
    const masked = kept === 0 ? 0 : (word & (0xffffffff << (32 - kept))) >>> 0;
    if (masked !== word) scan.hostBits = true;
    words[i] = masked;
  }
}

/** A number without sign and leading zeros, at most three digits; -1 when it is none. */
function wholeNumber(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > 3 || (to - from > 1 && bytes[from] === 0x30)) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function scanV4(bytes: Uint8Array, from: number, to: number, words: Uint32Array): boolean {
  if (to - from > 15) return false;
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x2e) {
      if (octet < 0 || ++dots > 3) return false;
      value = value * 256 + octet;
      octet = -1;
      continue;
    }
    const digit = byte - 0x30;
    // No leading zeros: some programs read them as octal.
    if (digit < 0 || digit > 9 || octet === 0) return false;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return false;
  }
  if (octet < 0 || dots !== 3) return false;
  words[0] = words[1] = words[2] = 0;
  words[3] = value * 256 + octet;
  return true;
}

function scanV6(bytes: Uint8Array, from: number, to: number, words: Uint32Array): boolean {
  let count = 0;
  let gap = -1;
  let at = from;
  if (bytes[at] === 0x3a) {
    if (at + 1 >= to || bytes[at + 1] !== 0x3a) return false;
  }
  while (at < to) {
    if (bytes[at] === 0x3a && at + 1 < to && bytes[at + 1] === 0x3a) {
      if (gap >= 0) return false;
      gap = count;
      at += 2;
      if (at < to && bytes[at] === 0x3a) return false;
      continue;
    }
    if (count > 0 && gap !== count) {
      if (bytes[at] !== 0x3a) return false;
      at++;
    }
    let end = at;
    while (end < to && bytes[end] !== 0x3a && bytes[end] !== 0x2e) end++;
    if (end < to && bytes[end] === 0x2e) {
      if (count > 6 || !scanV4(bytes, at, to, words)) return false;
      const quad = words[3] ?? 0;
      groups[count++] = quad >>> 16;
      groups[count++] = quad & 0xffff;
      at = to;
      break;
    }
    const group = hexGroup(bytes, at, end);
    if (group < 0 || count > 7) return false;
    groups[count++] = group;
    at = end;
  }
  if (gap < 0 ? count !== 8 : count > 7) return false;
  if (gap >= 0) {
    groups.copyWithin(8 - (count - gap), gap, count);
    groups.fill(0, gap, 8 - (count - gap));
  }
  for (let i = 0; i < 4; i++) words[i] = (groups[2 * i] ?? 0) * 65536 + (groups[2 * i + 1] ?? 0);
  return true;
}

function hexGroup(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > 4) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    const lower = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
