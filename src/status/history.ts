import type { ListenStatus } from './status.ts';

/** Seconds that one sample stands for. */
export const sampleSeconds = 10;
/** Samples in an hour. */
export const samplesPerHour = 3_600 / sampleSeconds;

/** How a listen was, from well to ill; `unknown`: podfront did not look, because it was stuck or the machine slept. */
export const listenConditions = ['fresh', 'asking', 'stale', 'left', 'failing', 'unknown'] as const;
export type ListenCondition = (typeof listenConditions)[number];

/**
 * The last hour of every listen, run-length coded: four numbers a run, `sample, pods, slots, condition`, where the sample is
 * counted in `sampleSeconds` since 1970. A run lasts to the next one. At most 361 runs, under 6 kB a listen.
 */
export interface History {
  /** The last sample there is. */
  readonly last: number | null;
  readonly listens: ReadonlyMap<string, ArrayLike<number>>;
}

/** Nothing was seen yet. */
export const emptyHistory: History = { last: null, listens: new Map() };

/** A stretch of time in which nothing changed: `from` and `to` in samples, 0 an hour ago and `hour` the end of the running sample. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly pods: number;
  readonly slots: number;
  readonly condition: ListenCondition;
}

const width = 4;

/**
 * The history with what is so at `now` (milliseconds since 1970). Within one sample the last counts stand, and the worst
 * condition. Listens that are no more are forgotten.
 */
export function recordStatus({ last, listens }: History, now: readonly ListenStatus[], at: number): History {
  const sample = Math.max(sampleAt(at), last ?? 0);
  const gap = last !== null && sample > last + 1 ? last + 1 : null;
  return {
    last: sample,
    listens: new Map(
      now.map((one) => {
        const runs = listens.get(one.listen) ?? [];
        const seen = gap === null || runs.length === 0 ? runs : appendRun(runs, gap, [gap, 0, 0, listenConditions.indexOf('unknown')]);
        return [one.listen, appendStatus(seen, sample, one, sample === last)] as const;
      }),
    ),
  };
}

/** The last hour of one listen, oldest first; empty where nothing is known of it. */
export function spansOf({ last, listens }: History, listen: string): readonly Span[] {
  const runs = listens.get(listen) ?? [];
  if (last === null) return [];
  const start = last - samplesPerHour + 1;
  const spans: Span[] = [];
  for (let i = 0; i < runs.length; i += width) {
    const to = (runs[i + width] ?? last + 1) - start;
    if (to <= 0) continue;
    const condition = listenConditions[runs[i + 3] ?? 0] ?? 'unknown';
    spans.push({ from: Math.max(0, (runs[i] ?? 0) - start), to, pods: runs[i + 1] ?? 0, slots: runs[i + 2] ?? 0, condition });
  }
  return spans;
}

function sampleAt(at: number): number {
  return Math.floor(at / (1_000 * sampleSeconds));
}

function conditionOf({ state, left }: ListenStatus): ListenCondition {
  return left !== null && state !== 'failing' ? 'left' : state;
}

function appendStatus(runs: ArrayLike<number>, sample: number, status: ListenStatus, again: boolean): ArrayLike<number> {
  const [pods, slots, condition] = [3, 2, 1].map((back) => runs[runs.length - back]);
  const now = listenConditions.indexOf(conditionOf(status));
  const worst = again ? Math.max(now, condition ?? 0) : now;
  if (pods === status.pods && slots === status.slots && condition === worst) return runs;
  return appendRun(runs, sample, [sample, status.pods, status.slots, worst]);
}

/** The runs that reach into the hour, and one more; it takes the place of one that began with the same sample. */
function appendRun(runs: ArrayLike<number>, sample: number, run: readonly number[]): ArrayLike<number> {
  let first = 0;
  while (first + width < runs.length && (runs[first + width] ?? 0) <= sample - samplesPerHour + 1) first += width;
  const end = runs[runs.length - width] === sample ? runs.length - width : runs.length;
  const next = new Uint32Array(Math.max(0, end - first) + width);
  for (let i = first; i < end; i++) next[i - first] = runs[i] ?? 0;
  next.set(run, Math.max(0, end - first));
  return next;
}
