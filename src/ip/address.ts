/** An IP address: its family, its value as an unsigned number of 32 or 128 bits, and its canonical text (RFC 5952 for IPv6). */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly text: string;
}

/** Reads an address in the form that HAProxy, Node and the kernel all accept: dotted quads without leading zeros, IPv6 without a zone. Null for anything else. */
export function parseAddress(text: string): Address | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

/** Orders by family, then by value. By text, 10.1.0.9 would come after 10.1.0.10. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** The canonical text of a value (RFC 5952: lower case, longest run of zero groups compressed). */
export function formatAddress(family: 4 | 6, value: bigint): string {
  return family === 4 ? formatV4(value) : formatV6(value);
}

/** `address:port`, with brackets around IPv6. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The IPv4 address that an IPv4-mapped IPv6 address (::ffff:a.b.c.d) stands for; any other address as it is. */
export function unmapped(address: Address): Address {
  if (address.family !== 6 || address.value >> 32n !== 0xffffn) return address;
  const value = address.value & 0xffff_ffffn;
  return { family: 4, value, text: formatV4(value) };
}

function parseV4(text: string): Address | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const part = match[i] ?? '';
    const octet = Number(part);
    if (octet > 255 || (part.length > 1 && part.startsWith('0'))) return null;
    value = value * 256 + octet;
  }
  return { family: 4, value: BigInt(value), text };
}

function parseV6(text: string): Address | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const left = groups(halves[0] ?? '', halves.length === 1);
  const right = halves.length === 2 ? groups(halves[1] ?? '', true) : [];
  if (left === null || right === null) return null;
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const value = [...left, ...Array<number>(missing).fill(0), ...right].reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  return { family: 6, value, text: formatV6(value) };
}

/** The 16-bit groups of one side of `::`; a dotted quad may stand at the end of the whole address. */
function groups(text: string, quadAllowed: boolean): readonly number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const out: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = quadAllowed && i === parts.length - 1 ? parseV4(part) : null;
      if (quad === null) return null;
      out.push(Number(quad.value >> 16n), Number(quad.value & 0xffffn));
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      out.push(Number.parseInt(part, 16));
    }
  }
  return out;
}

function formatV4(value: bigint): string {
  const n = Number(value);
  return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

function formatV6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatV4(value & 0xffff_ffffn)}`;
  const parts = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(16 * (7 - i))) & 0xffffn));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && parts[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = parts.map((part) => part.toString(16));
  if (best.length < 2) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}
