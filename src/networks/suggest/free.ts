import { privateSpaces } from '../judge/reserved.ts';
import { type OccupiedRanges, stride } from './occupied.ts';

/** Runs of free blocks of one size in private space, as block numbers (address divided by the block's size), ascending. */
export interface FreeRuns {
  readonly count: number;
  readonly low: (i: number) => bigint;
  readonly high: (i: number) => bigint;
}

/** What is busy, sorted once and asked for several sizes. */
export interface SortedBusy {
  readonly v4: Float64Array;
  /** As in `Busy`, without those that lie in another. */
  readonly v6: Uint32Array;
}

/** Sorts by first address, the wider first; IPv4 natively, so that a million take tens of milliseconds. */
export function sortedBusy(busy: OccupiedRanges): SortedBusy {
  return { v4: busy.v4.slice(0, busy.v4Count).sort(), v6: outermost6(busy.v6, busy.v6Count) };
}

/** Sorted, and without what lies in the one before it: CIDR blocks nest or are apart. */
function outermost6(words: Uint32Array, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => stride * i).sort((a, b) => {
    for (let i = 0; i < stride; i++) {
      const difference = (words[a + i] ?? 0) - (words[b + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  const kept = new Uint32Array(stride * count);
  let end = 0;
  for (const at of order) {
    if (end > 0 && agree6(kept, end - stride, words, at)) continue;
    kept.set(words.subarray(at, at + stride), end);
    end += stride;
  }
  return kept.subarray(0, end);
}

/** Whether the network at `a` of `outer` holds the one at `b` of `words`. */
function agree6(outer: Uint32Array, a: number, words: Uint32Array, b: number): boolean {
  const prefix = outer[a + 4] ?? 0;
  if (prefix > (words[b + 4] ?? 0)) return false;
  for (let i = 0; i < 4 && prefix > 32 * i; i++) {
    const bits = Math.min(32, prefix - 32 * i);
    if (((outer[a + i] ?? 0) ^ (words[b + i] ?? 0)) >>> (32 - bits) !== 0) return false;
  }
  return true;
}

/** The free blocks of `prefix` bits. None when no private space is as large as a block. */
export function freeRuns(busy: SortedBusy, family: 4 | 6, prefix: number): FreeRuns {
  return family === 4 ? freeRuns4(busy.v4, prefix) : freeRuns6(busy.v6, prefix);
}

function freeRuns4(keys: Float64Array, prefix: number): FreeRuns {
  const size = 2 ** (32 - prefix);
  const lows: number[] = [];
  const highs: number[] = [];
  for (const space of privateSpaces) {
    if (space.family !== 4 || prefix < space.prefix) continue;
    let next = Number(space.first) / size;
    const end = (Number(space.last) + 1) / size;
    for (let i = startIn(keys, Number(space.first)); i < keys.length && next < end; i++) {
      const key = keys[i] ?? 0;
      const first = Math.floor(key / 64);
      const from = Math.floor(first / size);
      const to = Math.floor((first + 2 ** (32 - (key % 64)) - 1) / size);
      if (from > next) {
        lows.push(next);
        highs.push(Math.min(from, end) - 1);
      }
      next = Math.max(next, to + 1);
    }
    if (next < end) {
      lows.push(next);
      highs.push(end - 1);
    }
  }
  return { count: lows.length, low: (i) => BigInt(lows[i] ?? 0), high: (i) => BigInt(highs[i] ?? 0) };
}

/** The first key that can reach into the space: CIDR blocks nest, so only a wider block around it may begin before it. */
function startIn(keys: Float64Array, first: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0) < first * 64) low = middle + 1;
    else high = middle;
  }
  for (let i = 0; i < low; i++) {
    const key = keys[i] ?? 0;
    if (Math.floor(key / 64) + 2 ** (32 - (key % 64)) > first) return i;
  }
  return low;
}

function freeRuns6(words: Uint32Array, prefix: number): FreeRuns {
  const size = 1n << BigInt(128 - prefix);
  const lows: bigint[] = [];
  const highs: bigint[] = [];
  for (const space of privateSpaces) {
    if (space.family !== 6 || prefix < space.prefix) continue;
    let next = space.first / size;
    const end = (space.last + 1n) / size;
    for (let at = 0; at < words.length; at += stride) {
      const first = firstOf(words, at);
      const last = first | ((1n << BigInt(128 - (words[at + 4] ?? 0))) - 1n);
      if (last < space.first) continue;
      const from = first / size;
      if (from >= end) break;
      if (from > next) {
        lows.push(next);
        highs.push(from - 1n);
      }
      if (last / size + 1n > next) next = last / size + 1n;
    }
    if (next < end) {
      lows.push(next);
      highs.push(end - 1n);
    }
  }
  return { count: lows.length, low: (i) => lows[i] ?? 0n, high: (i) => highs[i] ?? 0n };
}

function firstOf(words: Uint32Array, at: number): bigint {
  const high = (BigInt(words[at] ?? 0) << 32n) | BigInt(words[at + 1] ?? 0);
  const low = (BigInt(words[at + 2] ?? 0) << 32n) | BigInt(words[at + 3] ?? 0);
  return (high << 64n) | low;
}
