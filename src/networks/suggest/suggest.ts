import { formatAddress } from '../../ip/address.ts';
import { isWithin, type Network, networkOf } from '../../ip/network.ts';
import type { AddressInterval, CoveringRoute } from '../facts/occupied.ts';
import { type FreeSpace, freeFrom, qualities, unavailable } from './free-space.ts';
import { isPlain, stridesFor } from './plain-address.ts';

/** Free networks of one size; `insideRoutes` are the routes they lie in, where private space has nothing better. */
export interface Suggestions {
  readonly networks: readonly Network[];
  readonly insideRoutes: readonly CoveringRoute[];
}

/**
 * Up to `count` free networks of the same size in private space, of the best quality that there is, nearest first by the
 * distance of the network addresses; of two equally near the higher one first.
 */
export function suggest(space: FreeSpace, network: Network, count: number): Suggestions {
  for (const quality of qualities) {
    const networks = nearest(unavailable(space, network.family, network.prefix, quality), network, count);
    if (networks.length === 0) continue;
    const routes = quality === 'covered' ? [...space.occupied.coveringRoutes.values()] : [];
    return { networks, insideRoutes: routes.filter((route) => networks.some((found) => isWithin(found, route.network))) };
  }
  return { networks: [], insideRoutes: [] };
}

/** Networks with a plain address where there are any, else any. */
function nearest(ranges: readonly AddressInterval[], network: Network, count: number): readonly Network[] {
  const { family, prefix } = network;
  const [size = 1n, ...wider] = stridesFor(network);
  const candidates = (stride: bigint, isWanted: (address: bigint) => boolean) =>
    [stride, -stride].flatMap((step) => firstWhile(freeFrom(ranges, network.first, size, step), count, isWanted));
  const plain = [size, ...wider].flatMap((stride) => candidates(stride, (address) => isPlain(family, address, network)));
  const found = plain.length > 0 ? new Set(plain) : candidates(size, () => true);
  const distance = (address: bigint) => (address > network.first ? address - network.first : network.first - address);
  return [...found]
    .sort((a, b) => (distance(a) < distance(b) ? -1 : distance(a) > distance(b) ? 1 : a > b ? -1 : 1))
    .slice(0, count)
    .map((value) => networkOf({ family, value, text: formatAddress(family, value) }, prefix));
}

/** At most `count` items from the front, up to the first unwanted one. */
function firstWhile(items: Generator<bigint>, count: number, isWanted: (item: bigint) => boolean): readonly bigint[] {
  const first: bigint[] = [];
  for (const item of items) {
    if (!isWanted(item)) break;
    first.push(item);
    if (first.length === count) break;
  }
  return first;
}
