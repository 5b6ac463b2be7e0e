import type { Network } from '../../ip/network.ts';
import { type AddressInterval, mergedRanges, type OccupiedSpace } from '../facts/occupied.ts';
import { defaultsOfOthers, privateSpaces } from '../facts/reserved.ts';

/** The space for suggestions: private space without what is occupied and without `avoid`, the cluster's own networks and addresses. */
export interface FreeSpace {
  readonly occupied: OccupiedSpace;
  readonly avoid: readonly Network[];
}

/**
 * The quality of a free network:
 * - `best`: it overlaps nothing known, and nothing that other programs take by default
 * - `free`: it overlaps nothing known
 * - `covered`: it lies inside a route through a gateway or tunnel, and overlaps nothing else
 */
export type Quality = 'best' | 'free' | 'covered';

/** All qualities, the best first. */
export const qualities: readonly Quality[] = ['best', 'free', 'covered'];

/** The ranges that a network of this family, prefix and quality must not overlap: ascending, without overlaps. */
export function unavailable({ occupied, avoid }: FreeSpace, family: 4 | 6, prefix: number, quality: Quality): readonly AddressInterval[] {
  const routes = [...occupied.coveringRoutes.values()].map(({ network }) => network);
  const networks = [
    ...avoid,
    ...routes.filter((route) => quality !== 'covered' || route.prefix >= prefix),
    ...(quality === 'best' ? defaultsOfOthers : []),
  ];
  return mergedRanges([...occupied.ranges[family], ...outsidePrivateSpace(family), ...networks.filter((one) => one.family === family)]);
}

function outsidePrivateSpace(family: 4 | 6): readonly AddressInterval[] {
  const ranges: AddressInterval[] = [];
  let next = 0n;
  for (const space of privateSpaces.filter((network) => network.family === family)) {
    ranges.push({ first: next, last: space.first - 1n });
    next = space.last + 1n;
  }
  return [...ranges, { first: next, last: (1n << (family === 4 ? 32n : 128n)) - 1n }];
}

/**
 * The free addresses for a block of `size`, multiples of `step`, in order from `origin`: upwards from it for a positive step,
 * downwards below it for a negative one.
 */
export function* freeFrom(ranges: readonly AddressInterval[], origin: bigint, size: bigint, step: bigint): Generator<bigint> {
  const stride = step > 0n ? step : -step;
  const down = (value: bigint) => value - (value % stride);
  const up = (value: bigint) => down(value + stride - 1n);
  let at = step > 0n ? up(origin) : down(origin - 1n);
  while (at >= 0n) {
    const range = firstEndingAt(ranges, at);
    // The last range ends with the address space.
    if (range === undefined) return;
    if (range.first < at + size) at = step > 0n ? up(range.last + 1n) : range.first < size ? -1n : down(range.first - size);
    else {
      yield at;
      at += step;
    }
  }
}

/** The first range that ends at the address or after it. */
function firstEndingAt(ranges: readonly AddressInterval[], address: bigint): AddressInterval | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.last ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return ranges[low];
}
