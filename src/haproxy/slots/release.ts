import type { Allocation } from './allocate.ts';
import { shrunk } from './size.ts';

/** Since when each listen has far more slots than pods, in milliseconds since 1970. */
export type SpareSlots = ReadonlyMap<string, number>;

/** Slots are given back after this time below a quarter, even if that costs a reload. */
export const releaseAfter = 3_600_000;

/** Notes the listens of which less than a quarter of the slots is in use, where there is something to give back. */
export function spareSlots(before: SpareSlots, layout: Allocation, now: number): SpareSlots {
  return new Map(
    layout.flatMap(({ listen, pods }) => {
      if (pods === null || 4 * pods.assignments.length >= pods.slots) return [];
      const highest = pods.assignments.at(-1)?.slot ?? 0;
      if (shrunk(listen.maxExpectedPods, pods.assignments.length, pods.slots, highest) >= pods.slots) return [];
      return [[listen.name, before.get(listen.name) ?? now] as const];
    }),
  );
}

/** When the first of them may be given back; null when there are none. */
export function releaseAt(spare: SpareSlots): number | null {
  return spare.size === 0 ? null : Math.min(...spare.values()) + releaseAfter;
}
