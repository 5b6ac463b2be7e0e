import type { Random } from './random.ts';

/** One to four changes: bits, bytes, lengths, pointers, cuts, insertions, and the tail of another message. */
export function mutated(response: Buffer, other: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(response);
  for (let changes = 1 + random(4); changes > 0; changes--) bytes = changedOnce(bytes, other, random);
  return bytes;
}

function changedOnce(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = bytes.length === 0 ? 0 : random(bytes.length);
  switch (bytes.length < 2 ? 7 : random(9)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      bytes.writeUInt16BE(0xc000 + random(bytes.length), Math.min(at, bytes.length - 2));
      return bytes;
    case 3:
      bytes.writeUInt16BE([0, 1, 0xffff, bytes.length][random(4)] ?? 0, Math.min(at, bytes.length - 2));
      return bytes;
    case 4:
      return bytes.subarray(0, at);
    case 5: {
      const inserted = Buffer.from(Array.from({ length: 1 + random(6) }, () => random(256)));
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
    }
    case 6:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random(6)))]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length))]);
    default:
      // One of the four counts of the header.
      if (bytes.length >= 12) bytes.writeUInt16BE(random(5), 4 + 2 * random(4));
      return bytes;
  }
}
