import type { ListenStatus } from './status.ts';

/** The length of a sample in seconds. */
export const sampleSeconds = 10;
/** The number of samples in an hour. */
export const samplesPerHour = 3_600 / sampleSeconds;

/** The conditions of a listen, from good to bad; `unknown`: podfront recorded nothing, because it was stuck or the machine slept. */
export const listenConditions = ['current', 'pending', 'stale', 'held', 'failing', 'unknown'] as const;
/** The condition of a listen. */
export type ListenCondition = (typeof listenConditions)[number];

/**
 * The last hour of every listen, run-length encoded. A run has four numbers, `sample, pods, slots, condition`, where samples are
 * counted in `sampleSeconds` since 1970, and lasts until the next run. A listen has at most 361 runs, less than 6 kB.
 */
export interface History {
  /** The last sample. */
  readonly last: number | null;
  readonly listens: ReadonlyMap<string, ArrayLike<number>>;
}

/** The history before the first sample. */
export const emptyHistory: History = { last: null, listens: new Map() };

/** A period without a change. `from` and `to` count samples: 0 is an hour ago, `samplesPerHour` the end of the current sample. */
export interface HistorySpan {
  readonly from: number;
  readonly to: number;
  readonly pods: number;
  readonly slots: number;
  readonly condition: ListenCondition;
}

const width = 4;

/**
 * Adds the status of the listens at `at` (milliseconds since 1970) to the history. A sample keeps the last counts and the worst
 * condition. Listens that no longer exist are dropped.
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

/** The last hour of one listen, oldest first; empty where nothing was recorded. */
export function spansOf({ last, listens }: History, listen: string): readonly HistorySpan[] {
  const runs = listens.get(listen) ?? [];
  if (last === null) return [];
  const start = last - samplesPerHour + 1;
  const spans: HistorySpan[] = [];
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

function listenCondition({ state, left, outage }: ListenStatus): ListenCondition {
  if (state === 'failing' || outage !== null) return 'failing';
  if (left !== null) return 'held';
  return state === 'fresh' ? 'current' : state === 'asking' ? 'pending' : 'stale';
}

function appendStatus(runs: ArrayLike<number>, sample: number, status: ListenStatus, again: boolean): ArrayLike<number> {
  const [pods, slots, condition] = [3, 2, 1].map((back) => runs[runs.length - back]);
  const now = listenConditions.indexOf(listenCondition(status));
  const worst = again ? Math.max(now, condition ?? 0) : now;
  if (pods === status.pods && slots === status.slots && condition === worst) return runs;
  return appendRun(runs, sample, [sample, status.pods, status.slots, worst]);
}

/** The runs of the last hour with one more, which replaces a run that began with the same sample. */
function appendRun(runs: ArrayLike<number>, sample: number, run: readonly number[]): ArrayLike<number> {
  let first = 0;
  while (first + width < runs.length && (runs[first + width] ?? 0) <= sample - samplesPerHour + 1) first += width;
  const end = runs[runs.length - width] === sample ? runs.length - width : runs.length;
  const next = new Uint32Array(Math.max(0, end - first) + width);
  for (let i = first; i < end; i++) next[i - first] = runs[i] ?? 0;
  next.set(run, Math.max(0, end - first));
  return next;
}
