/** The most compression pointers in a name. A name of 255 bytes has at most 127 labels; servers write one pointer. */
const maxPointers = 64;

const maxNameLength = 255;

/**
 * The end of the name at `at`; -1 when it is malformed: it runs over the end, is longer than 255 bytes (RFC 1035, section 3.1),
 * or has a pointer that does not lead backwards (section 4.1.4) or is one of more than 64.
 */
export function skipName(bytes: Buffer, at: number): number {
  return walkName(bytes, at, null);
}

/**
 * The name at `at` in lower case, without final dot; '' for the root. Null when it is malformed (see `skipName`), or when a label
 * holds anything but letters, digits, `-`, `_` and `*`: such a name equals no name that podfront knows.
 */
export function readName(bytes: Buffer, at: number): string | null {
  const labels: string[] = [];
  if (walkName(bytes, at, labels) < 0) return null;
  const name = labels.join('.').toLowerCase();
  return labels.every((label) => /^[\w*-]+$/.test(label)) ? name : null;
}

/** Follows the labels and pointers of a name, and adds its labels to `labels`. Returns where the name ends, -1 when it is malformed. */
function walkName(bytes: Buffer, at: number, labels: string[] | null): number {
  let here = at;
  /** The start of the labels that are being read, before which a pointer must lead. */
  let start = at;
  let end = -1;
  let length = 1;
  let pointers = 0;
  for (;;) {
    const size = bytes[here];
    if (size === undefined) return -1;
    if (size === 0) return end < 0 ? here + 1 : end;
    if (size < 64) {
      length += size + 1;
      if (length > maxNameLength || here + 1 + size > bytes.length) return -1;
      labels?.push(bytes.toString('latin1', here + 1, here + 1 + size));
      here += size + 1;
      continue;
    }
    const low = bytes[here + 1];
    if (size < 192 || low === undefined || ++pointers > maxPointers) return -1;
    if (end < 0) end = here + 2;
    const target = (size & 63) * 256 + low;
    // Twelve bytes of header hold no name.
    if (target >= start || target < 12) return -1;
    start = target;
    here = target;
  }
}
