import { type Network, networkOf, relationOf } from '../../ip/network.ts';
import { mayContainCluster, type Route, routeText } from './known.ts';
import { privateSpaces } from './reserved.ts';

/** Addresses from `first` to `last`, both included. */
export interface AddressInterval {
  readonly first: bigint;
  readonly last: bigint;
}

/** A route that a cluster network may lie inside, where there is nothing better. */
export interface CoveringRoute {
  readonly network: Network;
  readonly text: string;
}

/**
 * The occupied part of private space, from which suggestions keep away. Ranges are rounded outwards to whole networks of the
 * cluster's smallest size and merged from time to time, so memory is bounded by the address space and not by the input: at most
 * 33,000 ranges for a /24, however long a list is.
 */
export interface OccupiedSpace {
  /** The size in bits of the prefix to which ranges are rounded. */
  readonly granularity: Readonly<Record<4 | 6, number>>;
  readonly ranges: Record<4 | 6, AddressInterval[]>;
  /** The number of ranges added since the last merge. */
  readonly unmerged: Record<4 | 6, number>;
  /** By CIDR. */
  readonly coveringRoutes: Map<string, CoveringRoute>;
}

const mergeEvery = 65_536;

/** An empty space for suggestions of the sizes of `cluster`, and wider ones. */
export function emptySpace(cluster: readonly Network[]): OccupiedSpace {
  const longest = (family: 4 | 6) => Math.max(0, ...cluster.filter((network) => network.family === family).map(({ prefix }) => prefix));
  return {
    granularity: { 4: longest(4), 6: longest(6) },
    ranges: { 4: [], 6: [] },
    unmerged: { 4: 0, 6: 0 },
    coveringRoutes: new Map(),
  };
}

/** Marks a network as occupied. What lies outside private space needs no mark. */
export function occupy(space: OccupiedSpace, network: Network): void {
  if (!overlapsPrivateSpace(network)) return;
  const { family } = network;
  const ranges = space.ranges[family];
  const prefix = Math.min(network.prefix, space.granularity[family]);
  const { first, last } = prefix === network.prefix ? network : networkOf({ family, value: network.first, text: '' }, prefix);
  ranges.push({ first, last });
  space.unmerged[family]++;
  if (space.unmerged[family] < mergeEvery) return;
  space.ranges[family] = [...mergedRanges(ranges)];
  space.unmerged[family] = 0;
}

/** Marks a known network as occupied. A route that is wider than a cluster network may contain it, and is kept apart. */
export function occupyKnown(space: OccupiedSpace, network: Network, route: Route | null): void {
  if (route === null || !mayContainCluster(route) || network.prefix >= space.granularity[network.family]) occupy(space, network);
  else if (overlapsPrivateSpace(network)) space.coveringRoutes.set(network.cidr, { network, text: routeText(route) });
}

/** The same addresses as ranges in ascending order, without overlaps, adjacent ones joined. */
export function mergedRanges(ranges: readonly AddressInterval[]): readonly AddressInterval[] {
  const merged: AddressInterval[] = [];
  for (const range of [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1n) merged.push(range);
    else if (range.last > before.last) merged[merged.length - 1] = { first: before.first, last: range.last };
  }
  return merged;
}

function overlapsPrivateSpace(network: Network): boolean {
  return privateSpaces.some((space) => relationOf(network, space) !== null);
}
