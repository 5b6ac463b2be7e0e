/** Slots a listen has when little is known. */
const least = 20;

/** More slots than this need `maxExpectedPods` in so many words: `haproxy -c` takes 177 s for 100,000 in one listen. */
const most = 1000;

/**
 * How many slots a listen gets.
 *
 * A number in the configuration stays that number. Under `auto` there are 20 at least; they grow when fewer than
 * max(2, 10 %) are free, to the next ten above 1.5 times the pods.
 *
 * @param before slots the listen has now; they are never taken away here (see `shrunk`)
 */
export function slotsFor(size: 'auto' | number, pods: number, before: number = least): number {
  if (size !== 'auto') return size;
  const slots = Math.max(least, before);
  if (!isTight(slots, pods)) return slots;
  const roomy = Math.max(least, nextTenAbove(1.5 * pods));
  // A listen that grows pod by pod would reload 12 times on its way from 1 to 1,000. Growing from the slots too, it takes 10.
  return Math.min(most, before > least ? Math.max(roomy, tenFrom(1.5 * before)) : roomy);
}

/**
 * What the slots may shrink to: the size a new listen would get, but no less than the highest slot in use, because a pod
 * keeps its slot as long as it lives.
 */
export function shrunk(size: 'auto' | number, pods: number, before: number, highestUsed: number): number {
  const grown = slotsFor(size, pods, before);
  // What grows just now would only have to grow again sooner.
  if (size !== 'auto' || grown > before) return grown;
  return Math.min(Math.max(slotsFor('auto', pods), tenFrom(highestUsed)), grown);
}

function isTight(slots: number, pods: number): boolean {
  return slots - pods < Math.max(2, slots / 10);
}

function nextTenAbove(x: number): number {
  return (Math.floor(x / 10) + 1) * 10;
}

function tenFrom(x: number): number {
  return Math.ceil(x / 10) * 10;
}
