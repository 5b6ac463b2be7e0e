/** A reader of JSON arrays in pieces: a full routing table has 150 MB of JSON, and is never held in memory at once. */
export interface JsonArrayReader {
  /** Reads the next bytes; false once the text turned out not to be an array. */
  readonly push: (bytes: Uint8Array) => boolean;
  /** Ends the text; returns the reason why it is not a complete JSON array, or null. */
  readonly end: () => string | null;
}

const [openBracket, closeBracket, openBrace, closeBrace, quote, backslash, comma] = [0x5b, 0x5d, 0x7b, 0x7d, 0x22, 0x5c, 0x2c];

/** The largest element, in bytes. An interface with 10,000 addresses has 3 MB. */
const maxElement = 16 * 1024 * 1024;

/**
 * Makes a reader of the objects of one or several JSON arrays in a row (`ip -batch` writes one for each of its commands).
 * Numbers count from 1 in each array. `onError` gets the elements that are not objects, which do not stop the others.
 */
export function jsonArrayReader(
  onEntry: (entry: object, number: number) => void,
  onError: (why: string, number: number) => void,
): JsonArrayReader {
  const decoder = new TextDecoder();
  let rest = new Uint8Array(0);
  let arrays = 0;
  let inArray = false;
  let count = 0;
  let broken: string | null = null;
  // The state at the end of `rest`: the depth in an element, whether in a string, and how much of `rest` was scanned.
  let depth = 0;
  let inString = false;
  let escaped = false;
  let start = -1;
  let scanned = 0;

  function element(bytes: Uint8Array): void {
    count++;
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes));
    } catch {
      onError('it is not JSON', count);
      return;
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) onEntry(value, count);
    else onError('it is not an object', count);
  }

  function finish(data: Uint8Array, end: number): void {
    if (start >= 0) element(data.subarray(start, end));
    start = -1;
  }

  /** One byte outside of strings and nested values. */
  function step(data: Uint8Array, at: number, byte: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
    if (!inArray) {
      if (byte !== openBracket) broken = arrays === 0 ? 'it does not begin with [' : 'something follows the ]';
      inArray = true;
      arrays++;
      count = 0;
    } else if (byte === comma) finish(data, at);
    else if (byte === closeBracket) {
      finish(data, at);
      inArray = false;
    } else {
      if (start < 0) start = at;
      if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth++;
    }
  }

  function push(bytes: Uint8Array): boolean {
    const data = rest.length === 0 ? bytes : joined(rest, bytes);
    let at = scanned;
    for (; at < data.length && broken === null; at++) {
      const byte = data[at] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
      } else if (depth > 0) {
        if (byte === quote) inString = true;
        else if (byte === openBrace || byte === openBracket) depth++;
        else if (byte === closeBrace || byte === closeBracket) depth--;
      } else step(data, at, byte);
    }
    const kept = start < 0 ? data.length : start;
    rest = data.slice(kept);
    scanned = data.length - kept;
    if (start >= 0) start = 0;
    if (rest.length > maxElement) broken = `an entry has more than ${maxElement} bytes`;
    return broken === null;
  }

  function end(): string | null {
    if (broken !== null) return broken;
    if (arrays === 0) return 'it is empty';
    return inArray ? `it ends in the middle, after ${count} complete entries` : null;
  }

  return { push, end };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
