/** The least number of slots under `auto`. */
const fewest = 20;

/** The largest number of slots under `auto`; `maxExpectedPods` may set more. `haproxy -c` takes 177 s for 100,000 in one listen. */
const maxAuto = 1000;

/**
 * The number of slots of a listen.
 *
 * A number in the configuration stays that number. Under `auto` there are at least 20; they grow when fewer than
 * max(2, 10 %) are free, to the next ten above 1.5 times the pods.
 *
 * @param current the current number of slots, which is never reduced here (see `slotsAfterRelease`)
 */
export function slotsFor(size: 'auto' | number, pods: number, current: number = fewest): number {
  if (size !== 'auto') return size;
  const slots = Math.max(fewest, current);
  if (!needsMore(slots, pods)) return slots;
  const roomy = Math.max(fewest, nextTenAbove(1.5 * pods));
  // Growing from the pods alone takes 12 reloads from 1 to 1,000 pods; growing from the slots too takes 10.
  return Math.min(maxAuto, current > fewest ? Math.max(roomy, tenFrom(1.5 * current)) : roomy);
}

/**
 * The number of slots once spare ones are released: that of a new listen, but at least the highest slot in use, because a pod keeps its slot
 * for its lifetime.
 */
export function slotsAfterRelease(size: 'auto' | number, pods: number, current: number, highestUsed: number): number {
  const grown = slotsFor(size, pods, current);
  // A listen that is growing would have to grow again sooner.
  if (size !== 'auto' || grown > current) return grown;
  return Math.min(Math.max(slotsFor('auto', pods), tenFrom(highestUsed)), grown);
}

function needsMore(slots: number, pods: number): boolean {
  return slots - pods < Math.max(2, slots / 10);
}

function nextTenAbove(x: number): number {
  return (Math.floor(x / 10) + 1) * 10;
}

function tenFrom(x: number): number {
  return Math.ceil(x / 10) * 10;
}
