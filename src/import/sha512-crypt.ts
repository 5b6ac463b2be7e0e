import { createHash } from 'node:crypto';

/** The number of rounds where the salt has none. */
const rounds = 5_000;
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The hash `$6$SALT$...` of a password, as crypt(5) makes it and HAProxy verifies it. The method is Ulrich Drepper's ("Unix crypt using
 * SHA-256 and SHA-512", version 0.6); comments refer to its numbered steps.
 *
 * @param salt 1 to 16 characters of `./0-9A-Za-z`
 */
export function sha512Crypt(password: string, salt: string): string {
  const [key, seasoning] = [Buffer.from(password), Buffer.from(salt)];
  // Steps 4 to 8, and 1 to 12.
  const alternate = sha512(key, seasoning, key);
  const bits: Buffer[] = [];
  for (let length = key.length; length > 0; length >>= 1) bits.push((length & 1) === 1 ? alternate : key);
  let digest = sha512(key, seasoning, repeated(alternate, key.length), ...bits);
  // Steps 13 to 20.
  const p = repeated(sha512(...Array.from({ length: key.length }, () => key)), key.length);
  const s = repeated(sha512(...Array.from({ length: 16 + (digest[0] ?? 0) }, () => seasoning)), seasoning.length);
  // Step 21.
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    digest = sha512(odd ? p : digest, ...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p]), odd ? digest : p);
  }
  return `$6$${salt}$${encoded(digest)}`;
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The bytes repeated up to `length`. */
function repeated(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, length === 0 ? 0 : bytes);
}

/** Step 22: three bytes become four characters. The bytes of a group are 21 apart, in rotating order; the last byte is encoded alone. */
function encoded(digest: Buffer): string {
  let text = '';
  for (let i = 0; i < 21; i++) {
    const group = [i, i + 21, i + 42];
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map((at) => digest[group[(at + i) % 3] ?? 0]);
    text += characters((a << 16) | (b << 8) | c, 4);
  }
  return text + characters(digest[63] ?? 0, 2);
}

/** Six bits for each character, the lowest first. */
function characters(value: number, count: number): string {
  return Array.from({ length: count }, (_, i) => alphabet[(value >> (6 * i)) & 63]).join('');
}
