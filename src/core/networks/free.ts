import type { Network } from '../network.ts';
import type { Busy } from './busy.ts';
import { privateSpaces } from './reserved.ts';

/** Runs of free blocks of one size in private space, as block numbers (address divided by the block's size), ascending. */
export interface FreeRuns {
  readonly count: number;
  readonly low: (i: number) => bigint;
  readonly high: (i: number) => bigint;
}

/** What is busy, sorted once and asked for several sizes. */
export interface SortedBusy {
  readonly v4: Float64Array;
  readonly v6: readonly Network[];
}

/** Sorts by first address, the wider first; IPv4 natively, so that a million take tens of milliseconds. */
export function sortedBusy(busy: Busy): SortedBusy {
  const v6 = [...busy.v6].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.prefix - b.prefix));
  return { v4: busy.v4.slice(0, busy.v4Count).sort(), v6 };
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

function freeRuns6(networks: readonly Network[], prefix: number): FreeRuns {
  const size = 1n << BigInt(128 - prefix);
  const lows: bigint[] = [];
  const highs: bigint[] = [];
  for (const space of privateSpaces) {
    if (space.family !== 6 || prefix < space.prefix) continue;
    let next = space.first / size;
    const end = (space.last + 1n) / size;
    for (const { first, last } of networks) {
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
