import type { FileChanges } from './changes.ts';

/** The number of reloads that a listen may need before `reloadEvery` grows for it. */
const freeReloads = 3;
/** The longest time between two reloads for one listen, in milliseconds. */
const maxGap = 600_000;

/** The consecutive reloads that one listen needed. */
interface Streak {
  readonly count: number;
  readonly at: number;
}

/**
 * The listens that need a reload for another reason than more slots, such as their kind, family or lines. More slots do not
 * count, because a growing service needs them in time.
 */
export function listensNeedingReload({ listens }: FileChanges): readonly string[] {
  return listens.flatMap(({ listen, kind, otherLines, needsReload }) => (kind === 'changed' && otherLines && needsReload ? [listen] : []));
}

/**
 * The least time between the last reload and the next one, in milliseconds: `reloadEvery`, and twice as long for each further
 * reload where every listen that needs one has needed reloads repeatedly.
 */
export function reloadGap(changes: FileChanges, streaks: ReadonlyMap<string, Streak>, reloadEvery: number): number {
  const repeating = new Set(listensNeedingReload(changes));
  const others = changes.otherSections || changes.listens.some(({ listen, needsReload }) => needsReload && !repeating.has(listen));
  if (others || repeating.size === 0) return reloadEvery;
  return Math.min(...[...repeating].map((listen) => gapOf(streaks.get(listen)?.count ?? 0, reloadEvery)));
}

/** The streaks after a reload. One ends when its listen has not needed a reload for three times its gap. */
export function streaksAfterReload(
  streaks: ReadonlyMap<string, Streak>,
  changes: FileChanges,
  reloadEvery: number,
  now: number,
): ReadonlyMap<string, Streak> {
  const lasting = [...streaks].filter(([, { count, at }]) => now - at <= 3 * gapOf(count, reloadEvery));
  const next = new Map(lasting);
  for (const listen of listensNeedingReload(changes)) next.set(listen, { count: (next.get(listen)?.count ?? 0) + 1, at: now });
  return next;
}

function gapOf(count: number, reloadEvery: number): number {
  return Math.max(reloadEvery, Math.min(maxGap, reloadEvery * 2 ** Math.max(0, count - freeReloads + 1)));
}
