import { formatAddress } from '../../ip/address.ts';
import { type Network, networkOf } from '../../ip/network.ts';
import { type FreeRuns, freeRuns, type SortedBusy } from './free.ts';

/**
 * Up to `wanted` free networks of the same size in private space, nearest first by the distance of the network addresses;
 * of two equally near the higher one first. None of them overlaps what is busy, nor `avoid`.
 */
export function suggest(busy: SortedBusy, network: Network, wanted: number, avoid: readonly Network[] = []): readonly Network[] {
  const { family, prefix } = network;
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix);
  const near = network.first / size;
  const runs = freeRuns(busy, family, prefix);
  const blocked = avoid.filter((other) => other.family === family).map((other) => [other.first / size, other.last / size] as const);
  const split = firstRunEndingAt(runs, near);
  const up = walk(runs, split, 1, near, blocked);
  const down = walk(runs, split, -1, near - 1n, blocked);
  const found: Network[] = [];
  let above = up();
  let below = down();
  while (found.length < wanted && (above !== null || below !== null)) {
    const takeAbove = below === null || (above !== null && above - near <= near - below);
    const block = takeAbove ? above : below;
    if (takeAbove) above = up();
    else below = down();
    if (block !== null) found.push(networkOf({ family, value: block * size, text: formatAddress(family, block * size) }, prefix));
  }
  return found;
}

/** The first run that ends at `block` or after it. */
function firstRunEndingAt(runs: FreeRuns, block: bigint): number {
  let low = 0;
  let high = runs.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs.high(middle) < block) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Steps through free blocks from `start` away, jumping over the blocked ones; null at the end of private space. */
function walk(
  runs: FreeRuns,
  split: number,
  step: 1 | -1,
  start: bigint,
  blocked: readonly (readonly [bigint, bigint])[],
): () => bigint | null {
  // Downwards the walk may begin inside the run that also reaches up.
  let run = step === 1 || (split < runs.count && runs.low(split) <= start) ? split : split - 1;
  let at = start;
  return () => {
    while (run >= 0 && run < runs.count) {
      if (step === 1 && at < runs.low(run)) at = runs.low(run);
      if (step === -1 && at > runs.high(run)) at = runs.high(run);
      if (step === 1 ? at > runs.high(run) : at < runs.low(run)) {
        run += step;
        continue;
      }
      const hit = blocked.find(([low, high]) => low <= at && at <= high);
      if (hit === undefined) {
        at += BigInt(step);
        return at - BigInt(step);
      }
      at = step === 1 ? hit[1] + 1n : hit[0] - 1n;
    }
    return null;
  };
}

/** A consistent set for the snippet: every cluster network, moved where it must move, none overlapping another. */
export function moveAll(
  busy: SortedBusy,
  networks: readonly { readonly network: Network; readonly moves: boolean; readonly prefix: number }[],
): readonly (Network | null)[] {
  const taken: Network[] = networks.filter(({ moves }) => !moves).map(({ network }) => network);
  return networks.map(({ network, moves, prefix }) => {
    if (!moves) return network;
    const wide = prefix === network.prefix ? network : networkOf({ family: network.family, value: network.first, text: '' }, prefix);
    const [found] = suggest(busy, wide, 1, taken);
    if (found === undefined) return null;
    taken.push(found);
    return found;
  });
}
