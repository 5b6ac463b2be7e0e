/** Number of slots of a listen of which little is known. */
const fewest = 20;

/** Largest number of slots under `auto`: `haproxy -c` takes 177 s for 100,000 in one listen. More needs `maxExpectedPods`. */
const maxAuto = 1000;

/**
 * Number of slots of a listen.
 *
 * A number in the configuration stays that number. Under `auto` there are at least 20; they grow when fewer than
 * max(2, 10 %) are free, to the next ten above 1.5 times the pods.
 *
 * @param current number of slots now; never made smaller here (see `slotsAfterRelease`)
 */
export function slotsFor(size: 'auto' | number, pods: number, current: number = fewest): number {
  if (size !== 'auto') return size;
  const slots = Math.max(fewest, current);
  if (!needsMore(slots, pods)) return slots;
  const roomy = Math.max(fewest, nextTenAbove(1.5 * pods));
  // A listen that grows pod by pod would reload 12 times from 1 to 1,000 pods. Growing from its slots too, it takes 10.
  return Math.min(maxAuto, current > fewest ? Math.max(roomy, tenFrom(1.5 * current)) : roomy);
}

/**
 * Number of slots once spare ones are released: that of a new listen, but at least the highest slot in use, because a pod keeps its slot as
 * long as it lives.
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
