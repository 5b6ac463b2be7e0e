import { randomFillSync } from 'node:crypto';

const pool = new Uint8Array(8192);
let used = pool.length;

/** A random byte that nobody can guess; drawn in bulk because the draw is what costs. */
export function randomByte(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/** An unguessable number of 16 bits, for the id of a query (RFC 5452, 4.3). */
export function random16(): number {
  return randomByte() * 256 + randomByte();
}
