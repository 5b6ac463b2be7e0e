import type { Allocation } from './allocate.ts';
import { slotsAfterRelease } from './size.ts';

/** The time since which each listen has had far more slots than pods, in milliseconds since 1970, by name. */
export type SpareSlots = ReadonlyMap<string, number>;

/** Milliseconds below a quarter after which slots are released, even if that takes a reload. */
export const releaseAfter = 3_600_000;

/** Adds the listens that use less than a quarter of their slots and could have fewer; drops those that no longer do. */
export function spareSlots(previous: SpareSlots, allocation: Allocation, now: number): SpareSlots {
  return new Map(
    allocation.flatMap(({ listen, slots, pods }) => {
      if (slots === null || 4 * pods.length >= slots.count) return [];
      const highest = pods.at(-1)?.slot ?? 0;
      if (slotsAfterRelease(listen.maxExpectedPods, pods.length, slots.count, highest) >= slots.count) return [];
      return [[listen.name, previous.get(listen.name) ?? now] as const];
    }),
  );
}

/** The time at which the first of them may be released; null when there are none. */
export function releaseAt(spare: SpareSlots): number | null {
  return spare.size === 0 ? null : Math.min(...spare.values()) + releaseAfter;
}
