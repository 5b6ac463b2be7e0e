import { formatAddress } from '../../../src/ip/address.ts';
import { type Network, networkOf } from '../../../src/ip/network.ts';

/** Numbers from a seed (mulberry32), below `n`: a failure can be run again. */
export function seededRandom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** A random value of so many bits. */
export function bits(random: (n: number) => number, count: number): bigint {
  let value = 0n;
  for (let i = 0; i < count; i += 16) value = (value << 16n) | BigInt(random(65536));
  return value & ((1n << BigInt(count)) - 1n);
}

export function network(family: 4 | 6, value: bigint, prefix: number): Network {
  return networkOf({ family, value, text: formatAddress(family, value) }, prefix);
}

/** Two networks that share a random number of leading bits, so that every relation turns up. */
export function pair(random: (n: number) => number, family: 4 | 6): readonly [Network, Network] {
  const width = family === 4 ? 32 : 128;
  const value = bits(random, width);
  const shared = random(width + 1);
  const rest = BigInt(width - shared);
  const other = ((value >> rest) << rest) | (bits(random, width) & ((1n << rest) - 1n));
  return [network(family, value, random(width + 1)), network(family, other, random(width + 1))];
}
